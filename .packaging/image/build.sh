#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the image mooring:<version> in the engine: the release binary, the libraries that it loads,
# certificates, time zones, and nothing else; no registry and no distribution is asked.
#   .packaging/image/build.sh [NAME:TAG [BINARY]]     ENGINE_SOCKET: which engine (/run/docker.sock)
# How it is run: docs/guides/install.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/lib.sh

binary=${2:-build/release/bin/mooring}
[ -x "$binary" ] || die "$binary is not there: cmake --preset release && cmake --build --preset release"
read -r _ version _ < <("$binary" version)
image=${1:-mooring:$version}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs

mkdir -p "$rootfs"/{usr/bin,etc/ssl/certs,etc/mooring/keys,var/lib/mooring,run/mooring,tmp}
chmod 1777 "$rootfs/tmp"
chmod 700 "$rootfs/etc/mooring/keys" "$rootfs/var/lib/mooring"
install --strip -m 755 "$binary" "$rootfs/usr/bin/mooring"
ldd "$binary" | awk '$2 == "=>" {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
  mkdir -p "$rootfs$(dirname "$library")"
  cp -L "$library" "$rootfs$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/"
mkdir -p "$rootfs/usr/share"
tar -C /usr/share --exclude=zoneinfo/posix --exclude=zoneinfo/right -cf - zoneinfo | tar -C "$rootfs/usr/share" -xf -
echo 'root:x:0:0:root:/:/usr/bin/mooring' >"$rootfs/etc/passwd"
echo 'root:x:0:' >"$rootfs/etc/group"
echo 'hosts: files dns' >"$rootfs/etc/nsswitch.conf"

# The engine answers 200 before it knows: an error is the last line of the stream.
tar -C "$rootfs" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/image.tar" .
engine POST /images/create --url-query fromSrc=- --url-query "repo=${image%:*}" --url-query "tag=${image##*:}" \
  --url-query 'changes=ENTRYPOINT ["/usr/bin/mooring"]' --url-query 'changes=CMD ["run"]' \
  --url-query 'changes=ENV PATH=/usr/bin' --url-query "changes=LABEL org.opencontainers.image.version=$version" \
  -H 'Content-Type: application/x-tar' -T "$work/image.tar" >"$work/answer" || die "the engine refused the image: $(cat "$work/answer")"
! grep -q '"error"' "$work/answer" || die "the engine refused the image: $(tail -n 1 "$work/answer")"
echo "$image: $(du -sh "$rootfs" | cut -f1), of it the binary $(du -h "$rootfs/usr/bin/mooring" | cut -f1)"
