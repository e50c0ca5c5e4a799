# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034  # build.sh sources this, and has $rootfs, $tree, changes
# What the fleets in examples/ name: nginx:1.22-alpine there is mooring-examples/nginx:1.22-alpine here, so
# that no real image of this machine is hidden. Servers are those of Debian in the places, and with the
# variables, of the official images.

EXAMPLE_IMAGES=(mooring-examples/nginx:1.22-alpine)

# example_rootfs NAME: fills $rootfs and sets `changes`.
example_rootfs() {
  case $1 in
    nginx) "example_$1" ;;
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
