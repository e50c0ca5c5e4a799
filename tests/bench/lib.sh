# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts of tests/full.d: an engine, a Git repository and a daemon of their own, all
# below one temporary folder, and gone when the script ends. Nothing is shared with an engine that
# runs already: this one has its own root, its own containerd, no default bridge and no iptables.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
. .ci/lib.sh

INSTANCE=${INSTANCE:?name this daemon before sourcing tests/bench/lib.sh}
BRIDGE=mrbench$$
work=$(mktemp -d "${TMPDIR:-/tmp}/mooring-bench.XXXXXX")
mkdir -m 711 "$work/engine"
LIB_STATE=$work/engine
export ENGINE_SOCKET=$work/engine/docker.sock
pids=()  # further processes to end, each our own child

cleanup() {
  trap - EXIT INT TERM
  set +e
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  stop_pid "$work/mooring.pid" 15
  stop_caddy "$work/caddy"
  if engine_answers; then remove_instance "$INSTANCE"; fi
  stop_pid "$work/engine/dockerd.pid" 60
  as_root ip link delete "$BRIDGE" 2>/dev/null || true
  [ ! -f "$work/hosts.before" ] || restore_hosts "$work/hosts.before"
  # What a cut-off engine left mounted would keep the folder.
  local mounted
  mounted=$(awk -v below="$work/" 'index($2, below) == 1 {print $2}' /proc/mounts | sort -r)
  # shellcheck disable=SC2086  # mount points of ours have no spaces
  [ -z "$mounted" ] || as_root umount -l $mounted
  as_root rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 711 "$work"

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# An engine that shares nothing with others. Its rules for packets are left out, because dockerd
# flushes those of another one when it starts; and it has a bridge of its own, because told to have
# none it would remove docker0.
start_own_engine() {
  ensure_cgroups
  as_root ip link add "$BRIDGE" type bridge 2>/dev/null || true
  as_root ip address replace 10.214.255.1/24 dev "$BRIDGE"
  local attempt
  for attempt in 1 2 3; do
    as_root env PATH="$PATH:/usr/sbin:/sbin" setsid dockerd --pidfile "$work/engine/dockerd.pid" \
      --data-root "$work/engine/root" --exec-root "$work/engine/exec" -H "unix://$ENGINE_SOCKET" \
      --containerd-namespace "$INSTANCE" --containerd-plugins-namespace "$INSTANCE-plugins" \
      --bridge "$BRIDGE" --iptables=false --ip6tables=false --ip-masq=false \
      >>"$work/engine/dockerd.log" 2>&1 </dev/null &
    wait_until 40 engine_answers && return 0
    stop_pid "$work/engine/dockerd.pid" 10
  done
  tail -n 20 "$work/engine/dockerd.log" >&2
  die "dockerd does not start after $attempt attempts; the last lines of its log are above"
}

# release_build TARGET...: in a folder of its own, because the tests are off in the usual one.
release_build() {
  cmake --preset release -B build/bench >"$work/build.log" 2>&1 &&
    cmake --build build/bench -j "${MOORING_JOBS:-$(nproc)}" --target "$@" >>"$work/build.log" 2>&1 || {
    tail -n 40 "$work/build.log" >&2
    die "the release build failed; the end of its output is above"
  }
}

fleet_git() { git -C "$work/fleet" "$@"; }
make_fleet() {
  git init -q --bare --initial-branch=main "$work/fleet.git"
  git init -q --initial-branch=main "$work/fleet"
  fleet_git config user.name Bench
  fleet_git config user.email bench@localhost
  fleet_git remote add origin "$work/fleet.git"
}
commit() {  # message
  fleet_git add -A
  fleet_git commit -q -m "$1"
  fleet_git push -q -u origin main
}

# write_config [LINE...]: the usual one, with further lines for docker, caddy and so on.
write_config() {
  {
    printf '%s\n' "host: {name: $INSTANCE}" \
      "sources:" "  - {name: fleet, url: $work/fleet.git, pollInterval: ${POLL_INTERVAL:-20ms}}" \
      "secrets: {sealKeyFile: $work/keys/seal}" "store: {path: $work/store}" \
      "http: {listen: [\"unix:$work/mooring.sock\"]}" "log: {level: warn}" "$@"
  } >"$work/mooring.yaml"
  chmod 600 "$work/mooring.yaml"
}

daemon_environment=()  # NAME=VALUE for the daemon alone
start_daemon() {
  setsid env "${daemon_environment[@]}" build/bench/bin/mooring run --config "$work/mooring.yaml" >>"$work/mooring.log" 2>&1 </dev/null &
  echo $! >"$work/mooring.pid"
}
stop_daemon() { stop_pid "$work/mooring.pid" 15; }
daemon_memory() {  # VmRSS in KiB
  awk '$1 == "VmRSS:" {print $2}' "/proc/$(cat "$work/mooring.pid")/status"
}
daemon_fds() { find "/proc/$(cat "$work/mooring.pid")/fd" -mindepth 1 | wc -l; }
scrape() { curl -sS --max-time 30 --unix-socket "$work/mooring.sock" http://mooring/metrics; }
ready_count() { scrape 2>/dev/null | grep -c '^mooring_resource_ready{.*} 1$'; }
known_count() { scrape 2>/dev/null | grep -c '^mooring_resource_ready{'; }
are_ready() { [ "$(ready_count)" -eq "$1" ]; }
are_known() { [ "$(known_count)" -eq "$1" ]; }
mooring() { build/bench/bin/mooring --config "$work/mooring.yaml" "$@"; }
give_up() {
  tail -n 20 "$work/mooring.log" >&2
  mooring get 2>&1 | grep -v ' True ' | head -n 20 >&2 || true
  die "$1"
}
# wait_daemon SECONDS WHAT COMMAND...: as long as the daemon lives.
wait_daemon() {
  local seconds=$1 what=$2 deadline=$((SECONDS + $1))
  shift 2
  until "$@"; do
    alive "$work/mooring.pid" || give_up "the daemon ended while waiting until $what"
    [ "$SECONDS" -lt "$deadline" ] || give_up "waited $seconds s and it is not so that $what"
    sleep 0.2
  done
}
