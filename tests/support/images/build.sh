#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images for tests and examples, made from binaries of this machine: no registry, no docker CLI.
#   tests/support/images/build.sh [NAME:TAG ...]     (all that the tests use)
# The recipe follows the name: mooring-examples/* is what the fleets in examples/ name, see examples.sh
# beside this; */nginx answers GET and POST with 200; anything else is a small web server on 8080 whose
# pages / and /version tell its tag and $GREETING. Four tags misbehave:
#   exits          ends at once with code 3
#   foreign        is no program of this machine
#   ignores-term   serves, but only KILL ends it
#   unhealthy      runs and never listens
# Every image carries the label mooring-test (and so does every container made of it). An image that
# is there and of the same recipe is kept, so that its id does not change.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
. "$root/.ci/lib.sh"

. "$root/tests/support/images/examples.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A root file system with busybox in it: $rootfs. Further applets may follow the name.
busybox_rootfs() {
  rootfs=$work/$1
  shift
  mkdir -p "$rootfs"/{bin,etc,tmp,www,dev,proc,sys}
  chmod 1777 "$rootfs/tmp"
  local busybox applet
  busybox=$(command -v busybox) || die "busybox-static is missing: run .ci/deps.sh engine"
  cp "$busybox" "$rootfs/bin/busybox"
  for applet in cat echo env false grep hostname httpd id kill ls mkdir nc nslookup ps sh sleep stat \
    true wget "$@"; do
    ln -s busybox "$rootfs/bin/$applet"
  done
  echo 'root:x:0:0:root:/:/bin/sh' >"$rootfs/etc/passwd"
  echo 'root:x:0:' >"$rootfs/etc/group"
}

web_rootfs() {  # tag
  busybox_rootfs web
  local trap_line="trap 'kill \$server; exit 0' TERM INT"
  case $1 in
    exits) printf '#!/bin/sh\necho "exits: told to end at once" >&2\nexit 3\n' >"$rootfs/bin/serve" ;;
    foreign) printf '\177ELF of another machine' >"$rootfs/bin/serve" ;;
    unhealthy)
      printf "#!/bin/sh\ntrap 'exit 0' TERM INT\nwhile :; do sleep 1000 & wait; done\n" >"$rootfs/bin/serve"
      ;;
    *)
      [ "$1" != ignores-term ] || trap_line="trap '' TERM INT"
      cat >"$rootfs/bin/serve" <<SERVE
#!/bin/sh
$trap_line
pages=/www
echo "$1" 2>/dev/null >/www/version || pages=/tmp
echo "$1" >\$pages/version
echo "\${GREETING:-hello} from version $1" >\$pages/index.html
httpd -f -p 8080 -h \$pages &
server=\$!
while kill -0 \$server 2>/dev/null; do wait \$server; done
SERVE
      ;;
  esac
  chmod 755 "$rootfs/bin/serve"
}

# unpack FOLDER PACKAGE...: Debian packages, unpacked and not installed: no service comes with them.
# They are in $tree, and kept in the build folder.
unpack() {
  tree=$root/build/packages/$1
  shift
  [ "$(cat "$tree.list" 2>/dev/null)" != "$*" ] || return 0
  rm -rf "$tree" "$tree.list" "$tree.download"
  mkdir -p "$tree" "$tree.download"
  (
    cd "$tree.download"
    apt-get -qq download "$@" || { as_root apt-get -qq update && apt-get -qq download "$@"; }
    for package in *.deb; do dpkg-deb -x "$package" "$tree"; done
  ) >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log" >&2
    die "these packages cannot be had from this machine's package sources: $*"
  }
  rm -rf "$tree.download"
  echo "$*" >"$tree.list"
}

# copy_libraries FILE...: what they are linked with, from $tree, else from this machine.
copy_libraries() {
  local library folders=("$tree"/usr/lib/*-linux-gnu)
  LD_LIBRARY_PATH=$(IFS=: && echo "${folders[*]}") ldd "$@" >"$work/libraries" || true
  ! grep -F 'not found' "$work/libraries" >&2 || die "libraries are missing; add their packages to the recipe"
  awk '$2 == "=>" {print $3} $1 ~ /^\// && NF == 2 {print $1}' "$work/libraries" | sort -u |
    while read -r library; do
      mkdir -p "$rootfs$(dirname "${library#"$tree"}")"
      cp -L "$library" "$rootfs${library#"$tree"}"
    done
}

nginx_rootfs() {  # tag
  busybox_rootfs nginx
  unpack nginx nginx nginx-common
  mkdir -p "$rootfs"/{usr/sbin,etc/nginx,var/log/nginx,var/lib/nginx,run}
  cp "$tree/usr/sbin/nginx" "$rootfs/usr/sbin/nginx"
  copy_libraries "$rootfs/usr/sbin/nginx"
  # An import cannot set a stop signal: TERM is turned into nginx's graceful QUIT here.
  cat >"$rootfs/bin/serve" <<'SERVE'
#!/bin/sh
trap 'kill -QUIT $server' TERM INT QUIT
nginx &
server=$!
while kill -0 $server 2>/dev/null; do wait $server; done
SERVE
  chmod 755 "$rootfs/bin/serve"
  cat >"$rootfs/etc/nginx/nginx.conf" <<CONF
daemon off;
user root root;
worker_processes 1;
error_log stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000;
  server {
    listen 8080;
    location / { return 200 "hello from version $1\n"; }
    location = /version { return 200 "$1\n"; }
  }
}
CONF
}

build() {  # NAME:TAG
  local name=${1%:*} tag=${1##*:}
  local changes=('CMD ["/bin/serve"]' 'ENV PATH=/bin:/usr/sbin' 'EXPOSE 8080')
  [ "$name" != "$1" ] || die "'$1' is not NAME:TAG"
  case $name in
    mooring-examples/*) example_rootfs "${name#*/}" ;;
    nginx | */nginx) nginx_rootfs "$tag" ;;
    *) web_rootfs "$tag" ;;
  esac
  # The tree, with no time or owner in it and nothing that comes out differently each time, tells
  # whether the image that is there is the same.
  local pack=(tar -C "$rootfs" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner) recipe query=() change
  recipe=$( ("${pack[@]}" --exclude='*.pyc' -c .; printf '%s\n' "${changes[@]}") | sha256sum | cut -c1-16)
  local before there
  before=$(engine GET "/images/$1/json" 2>/dev/null) || before='{}'
  there=$(jq -r '.Config.Labels["mooring-test"]?' <<<"$before")
  if [ "$there" = "$recipe" ]; then
    rm -rf "$rootfs"
    return 0
  fi
  "${pack[@]}" -cf "$work/image.tar" .
  rm -rf "$rootfs"
  changes+=("LABEL mooring-test=$recipe")
  for change in "${changes[@]}"; do query+=(--url-query "changes=$change"); done
  engine POST /images/create "${query[@]}" --url-query fromSrc=- --url-query "repo=$name" \
    --url-query "tag=$tag" -H 'Content-Type: application/x-tar' -T "$work/image.tar" >"$work/answer" || die "the engine refused image $1: $(cat "$work/answer")"
  # The engine answers 200 before it knows: an error is the last line of the stream.
  ! grep -q '"error"' "$work/answer" || die "the engine refused image $1: $(tail -n 1 "$work/answer")"
  # The one that had the name, unless a container is made of it.
  [ "$there" = null ] || engine DELETE "/images/$(jq -r .Id <<<"$before")" >/dev/null 2>&1 || true
}

if [ $# -eq 0 ]; then
  set -- mooring-test/web:{1.0.0,2.0.0,exits,ignores-term,unhealthy} mooring-test/nginx:{1,2} "${EXAMPLE_IMAGES[@]}"
fi
for image in "$@"; do build "$image"; done
