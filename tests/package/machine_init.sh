#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first process of a machine of the package tests until systemd takes over.
#   machine_init.sh BASE DIR     in new namespaces of every kind, see machine.sh
set -euo pipefail
base=$1 dir=$2 root=$2/root

mount -t overlay overlay -o "lowerdir=$base,upperdir=$dir/disk/upper,workdir=$dir/disk/work" "$root"
# An engine cannot keep its layers on an overlay.
mkdir -p "$root"/var/lib/{docker,containerd}
mount --bind "$dir/disk/docker" "$root/var/lib/docker"
mount --bind "$dir/disk/containerd" "$root/var/lib/containerd"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm}
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
# The same hierarchies as outside, each from this machine's own group on.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  while IFS=: read -r number controllers _; do
    name=${controllers#name=}
    [ "$number" -ne 0 ] || name=unified
    mkdir "$root/sys/fs/cgroup/$name"
    case $controllers in
      '') mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/$name" ;;
      name=*) mount -t cgroup -o "none,$controllers" cgroup "$root/sys/fs/cgroup/$name" ;;
      *) mount -t cgroup -o "$controllers" cgroup "$root/sys/fs/cgroup/$name" ;;
    esac
  done </proc/self/cgroup
fi

cd "$root"
mkdir -p .outside
pivot_root . .outside
umount -l .outside
exec env -i container=machine PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /sbin/init </dev/null
