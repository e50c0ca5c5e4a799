# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034  # build.sh sources this, and has $rootfs, $tree, changes
# What the fleets in examples/ name: postgres:15 there is mooring-examples/postgres:15 here, so that no real
# image of this machine is hidden. Servers are those of Debian in the places, and with the variables,
# of the official images; the products are small programs in examples/ beside this.

EXAMPLE_IMAGES=(mooring-examples/{nginx:1.22-alpine,postgres:15,redis:7,nats:2.9-alpine,guestbook:1.4.0,helpdesk:3.2.0,flows:2.1.0})
programs=$root/tests/support/images/examples

# example_rootfs NAME: fills $rootfs and sets `changes`.
example_rootfs() {
  case $1 in
    nginx | postgres | redis | nats) "example_$1" ;;
    guestbook | helpdesk | flows) example_python "$1" ;;
    *) die "no recipe for mooring-examples/$1" ;;
  esac
}

# account NAME NUMBER
account() {
  echo "$1:x:$2:$2:$1:/:/bin/false" >>"$rootfs/etc/passwd"
  echo "$1:x:$2:" >>"$rootfs/etc/group"
}

example_nginx() {
  busybox_rootfs example-nginx
  unpack nginx nginx nginx-common
  mkdir -p "$rootfs"/{usr/sbin,usr/share/nginx/html,etc/nginx/conf.d,var/log/nginx,var/lib/nginx,run}
  cp "$tree/usr/sbin/nginx" "$rootfs/usr/sbin/nginx"
  copy_libraries "$rootfs/usr/sbin/nginx"
  cp "$tree/etc/nginx/mime.types" "$rootfs/etc/nginx/"
  account nginx 101
  cat >"$rootfs/etc/nginx/nginx.conf" <<'CONF'
user nginx;
worker_processes 1;
error_log stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  include mime.types;
  default_type application/octet-stream;
  access_log off;
  include /etc/nginx/conf.d/*.conf;
}
CONF
  changes=('CMD ["nginx", "-g", "daemon off;"]' 'ENV PATH=/usr/sbin:/usr/bin:/bin' 'EXPOSE 80')
}

example_postgres() {
  busybox_rootfs example-postgres chown rm su
  unpack postgres postgresql-15 postgresql-client-15 libpq5 libicu72 libxml2 libldap-2.5-0 libsasl2-2 \
    libreadline8
  local pg=usr/lib/postgresql/15 program locale=/usr/lib/locale/C.utf8
  mkdir -p "$rootfs"/{$pg/bin,run,var/lib/postgresql/data,docker-entrypoint-initdb.d,usr/share/zoneinfo} "$rootfs$locale"
  for program in postgres initdb pg_ctl pg_isready psql createdb pg_dump pg_restore; do
    cp "$tree/$pg/bin/$program" "$rootfs/$pg/bin/"
  done
  # Without the parts that compile queries: they need a compiler of 100 MB.
  (cd "$tree/$pg" && find lib -name '*.so' -not -name 'llvmjit*') | tar -C "$tree/$pg" -cT - | tar -C "$rootfs/$pg" -x
  (cd "$tree" && find usr/share/postgresql -not -type d -not -path '*/man/*') | tar -C "$tree" -cT - | tar -C "$rootfs" -x
  cp -r "$locale/." "$rootfs$locale"
  cp /usr/share/zoneinfo/UTC "$rootfs/usr/share/zoneinfo/"
  copy_libraries "$rootfs/$pg"/bin/* "$rootfs/$pg"/lib/*.so
  ln -s /run "$rootfs/var/run"
  account postgres 999
  install -m 755 "$programs/postgres.sh" "$rootfs/bin/docker-entrypoint.sh"
  changes=('ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]' 'EXPOSE 5432' 'VOLUME /var/lib/postgresql/data'
    "ENV PATH=/$pg/bin:/bin" 'ENV PGDATA=/var/lib/postgresql/data' 'ENV LANG=C.UTF-8')
}

example_redis() {
  busybox_rootfs example-redis
  unpack redis redis-server redis-tools libjemalloc2 liblzf1 liblua5.1-0 lua-cjson lua-bitop libatomic1 libhiredis0.14
  mkdir -p "$rootfs"/{usr/bin,data}
  cp -L "$tree"/usr/bin/redis-{server,cli} "$rootfs/usr/bin/"
  copy_libraries "$rootfs"/usr/bin/*
  # In a network of its own it may answer everybody, as the official image does.
  cat >"$rootfs/bin/docker-entrypoint.sh" <<'ENTRY'
#!/bin/sh
case $1 in -*) set -- redis-server "$@" ;; esac
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
exec "$@"
ENTRY
  chmod 755 "$rootfs/bin/docker-entrypoint.sh"
  changes=('ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["redis-server"]' 'ENV PATH=/usr/bin:/bin' 'EXPOSE 6379'
    'WORKDIR /data' 'VOLUME /data')
}

example_nats() {
  busybox_rootfs example-nats
  unpack nats nats-server
  mkdir -p "$rootfs/usr/bin"
  cp "$tree/usr/sbin/nats-server" "$rootfs/usr/bin/"
  ! ldd "$rootfs/usr/bin/nats-server" >/dev/null 2>&1 || copy_libraries "$rootfs/usr/bin/nats-server"
  changes=('ENTRYPOINT ["nats-server"]' 'ENV PATH=/usr/bin:/bin' 'EXPOSE 4222' 'EXPOSE 8222')
}

example_python() {  # PROGRAM
  busybox_rootfs "example-$1"
  unpack python python3.11-minimal libpython3.11-minimal libpython3.11-stdlib python3-psycopg2 libpq5 \
    libldap-2.5-0 libsasl2-2
  local lib=usr/lib/python3.11
  compile_library
  mkdir -p "$rootfs"/{usr/bin,usr/lib,app,etc/python3.11}
  cp "$tree/usr/bin/python3.11" "$rootfs/usr/bin/python3"
  cp -r "$tree/$lib" "$rootfs/$lib"
  cp -r "$tree/usr/lib/python3/dist-packages/psycopg2" "$rootfs/$lib/"
  touch "$rootfs/etc/python3.11/sitecustomize.py"
  copy_libraries "$rootfs/usr/bin/python3" "$rootfs/$lib"/lib-dynload/*.so "$rootfs/$lib"/psycopg2/*.so
  cp "$programs/$1.py" "$programs/clients.py" "$rootfs/app/"
  printf '#!/bin/sh\nexec python3 /app/%s.py "$@"\n' "$1" >"$rootfs/usr/bin/$1"
  chmod 755 "$rootfs/usr/bin/$1"
  account "$1" 1000
  install -d -m 1777 "$rootfs/var/lib/$1"     # a volume there begins with its mode
  changes=("ENTRYPOINT [\"$1\"]" 'ENV PATH=/usr/bin:/bin' 'ENV PYTHONUNBUFFERED=1' 'USER 1000:1000' 'EXPOSE 8080')
}

# What the programs need of Python's library, compiled: else each start of one would do it.
compile_library() {
  [ ! -e "$tree/compiled" ] || return 0
  (
    cd "$tree/usr/lib/python3.11"
    rm -rf test lib2to3 idlelib tkinter ensurepip distutils pydoc_data unittest venv curses sqlite3 asyncio multiprocessing
    rm -f lib-dynload/{_curses,readline,_sqlite3,_dbm,nis,ossaudiodev,_test,xx}*
  )
  local python=(env "PYTHONHOME=$tree/usr" "LD_LIBRARY_PATH=$(echo "$tree"/usr/lib/*-linux-gnu)" "$tree/usr/bin/python3.11")
  "${python[@]}" -m compileall -q -s "$tree" --invalidation-mode unchecked-hash "$tree/usr/lib" ||
    die "python does not compile its own library"
  touch "$tree/compiled"
}
