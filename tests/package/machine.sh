# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the tests of the package: a Debian with systemd as its first process, in namespaces of its
# own, that can be booted, shut down and booted again. No engine and no network is needed for it, and
# what it changes is gone with its folder. Needs .ci/lib.sh and root.

MACHINE_INIT=$(dirname "${BASH_SOURCE[0]}")/machine_init.sh
MACHINE_PACKAGES=(
  systemd-sysv dbus adduser ca-certificates docker.io caddy openssh-server git curl jq iproute2 procps
  man-db zsh fish
)
# machine_needs PACKAGE...: as well.
machine_needs() { MACHINE_PACKAGES+=("$@"); }

# Prints the folder of the base system, which is made once and kept in the cache of the user.
machine_base() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/mooring base
  base=$cache/machine-$(printf '%s\n' bookworm "${MACHINE_PACKAGES[@]}" | sha256sum | cut -c1-12)
  if [ ! -e "$base/.complete" ]; then
    say "making the base system of the package tests in $base"
    mkdir -p "$cache"
    rm -rf "$base"
    # The package sources of this machine, and only Debian's own.
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
      'Origin: Debian' | sort -u >"$LIB_STATE/sources.list"
    mmdebstrap --quiet --variant=apt --include="$(IFS=,; echo "${MACHINE_PACKAGES[*]}")" bookworm "$base" \
      "$LIB_STATE/sources.list" </dev/null >"$LIB_STATE/base.log" 2>&1 || {
      tail -n 20 "$LIB_STATE/base.log" >&2
      die "the base system of the package tests could not be made from this machine's package sources"
    }
    # A Caddy that a person installed, and no service that only makes the boot slow.
    rm -f "$base"/etc/systemd/system/timers.target.wants/* "$base"/etc/machine-id
    touch "$base/etc/machine-id" "$base/.complete"
  fi
  echo "$base"
}

# machine_boot DIR: with everything that it changes in DIR/disk; its first process is in DIR/pid.
machine_boot() {
  machine_boot_without_waiting "$1"
  wait_until 90 machine_is_up "$1" || {
    machine_run "$1" journalctl --no-pager -n 60 >&2 || tail -n 30 "$1/console" >&2
    die "the machine did not come up within 90 s"
  }
}
machine_boot_without_waiting() {
  local dir=$1 base
  base=$(machine_base)
  mkdir -p "$dir"/{root,disk/{upper,work,docker,containerd}}
  # Its own control groups; what it starts ends up below them.
  machine_cgroups make "$dir"
  unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net --cgroup \
    "$MACHINE_INIT" "$base" "$dir" </dev/null >>"$dir/console" 2>&1 &
  MACHINE_SHELL=$!
  machine_cgroups leave "$dir"
  wait_until 20 machine_first_process "$dir" || die "the machine has no first process: $(tail -n 5 "$dir/console")"
}
# The one child of unshare.
machine_first_process() { pgrep -P "$MACHINE_SHELL" >"$1/pid"; }
machine_is_up() {
  case $(machine_run "$1" systemctl is-system-running 2>/dev/null) in
    running | degraded) ;;
    *) return 1 ;;
  esac
}

# machine_run DIR COMMAND...: as root in the machine.
machine_run() {
  local dir=$1
  shift
  nsenter --target "$(cat "$dir/pid")" --mount --uts --ipc --net --pid --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

machine_ended() { ! kill -0 "$MACHINE_SHELL" 2>/dev/null; }
# machine_shutdown DIR: as by the power button; everything stays on its disk.
machine_shutdown() {
  [ -s "$1/pid" ] || return 0
  kill -s SIGRTMIN+4 "$(cat "$1/pid")" 2>/dev/null || true
  wait_until 60 machine_ended || kill -KILL "$MACHINE_SHELL" "$(cat "$1/pid")" 2>/dev/null || true
  wait_until 10 machine_ended || true
  rm -f "$1/pid"
  machine_cgroups remove "$1"
}

# machine_cgroups make|leave|remove DIR: a group per hierarchy, with this shell in it only while it
# starts the machine.
machine_cgroups() {
  local name hierarchy file
  name=mooring-machine-$(basename "$2")
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    case $1 in
      make)
        mkdir -p "$hierarchy/$name"
        for file in cpuset.cpus cpuset.mems; do
          [ ! -e "$hierarchy/$name/$file" ] || cat "$hierarchy/$file" >"$hierarchy/$name/$file"
        done
        echo $$ >"$hierarchy/$name/cgroup.procs"
        ;;
      leave) echo $$ >"$hierarchy/cgroup.procs" ;;
      remove) find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2>/dev/null || true ;;
    esac
  done
}
