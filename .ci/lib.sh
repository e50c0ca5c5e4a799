# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts that need a Docker engine or a Caddy of their own. Whatever is started here
# is a plain child with its own pid file, log and folder; stop_all ends exactly that, by pid, and
# nothing that was already running. Works with and without systemd.

ENGINE_SOCKET=${ENGINE_SOCKET:-/run/docker.sock}
LIB_STATE=${LIB_STATE:-}   # folder of pid files and logs; made on first use

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$1' needs root: run this as root, or install sudo"
  fi
}

lib_state() {
  if [ -z "$LIB_STATE" ]; then
    LIB_STATE=$(mktemp -d "${TMPDIR:-/tmp}/mooring-ci.XXXXXX")
    LIB_STATE_OWNED=1
  fi
}

# wait_until SECONDS COMMAND...: tries ten times a second until it succeeds or the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

alive() { [ -s "$1" ] && as_root kill -0 "$(cat "$1")" 2>/dev/null; }
gone() { ! alive "$1"; }

# stop_pid FILE SECONDS: TERM, and KILL when it has not ended by then.
stop_pid() {
  alive "$1" || return 0
  as_root kill "$(cat "$1")" 2>/dev/null || return 0
  wait_until "$2" gone "$1" || as_root kill -KILL "$(cat "$1")" 2>/dev/null || true
}

# --- Docker engine ------------------------------------------------------------------------------

# engine METHOD PATH [curl options]: one call of the Engine API; fails on an HTTP error.
engine() {
  local method=$1 path=$2
  shift 2
  as_root curl -sS --fail-with-body --max-time 60 --unix-socket "$ENGINE_SOCKET" -X "$method" \
    "http://engine$path" "$@"
}
engine_answers() { as_root curl -fs -o /dev/null --max-time 3 --unix-socket "$ENGINE_SOCKET" http://engine/_ping; }

# A machine without an init system may not have the cgroup file system yet.
ensure_cgroups() {
  mountpoint -q /sys/fs/cgroup || as_root mount -t cgroup2 cgroup2 /sys/fs/cgroup ||
    say "warning: no cgroup file system at /sys/fs/cgroup and none could be mounted"
}

start_dockerd() {  # PATH to start it with
  # A session of its own: Ctrl-C must reach the script, which stops the engine last.
  as_root env PATH="$1" setsid dockerd --pidfile "$LIB_STATE/dockerd.pid" \
    -H "unix://$ENGINE_SOCKET" >>"$LIB_STATE/dockerd.log" 2>&1 </dev/null &
  local child=$! deadline=$((SECONDS + 60))
  until engine_answers; do
    if ! kill -0 "$child" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      stop_pid "$LIB_STATE/dockerd.pid" 10
      return 1
    fi
    sleep 0.2
  done
}

# Makes sure that an engine answers on $ENGINE_SOCKET.
ensure_engine() {
  engine_answers && return 0
  lib_state
  command -v dockerd >/dev/null || die "no Docker engine answers on $ENGINE_SOCKET and dockerd is not installed: run .ci/deps.sh engine"
  ensure_cgroups
  # Twice, because a first start after a crash may time out waiting for its containerd; then with
  # the older iptables for a kernel without nftables.
  local legacy=$LIB_STATE/legacy tool
  mkdir -p "$legacy"
  for tool in iptables ip6tables; do
    ln -sf "$(command -v "$tool-legacy" || command -v "$tool")" "$legacy/$tool"
  done
  local sbin=$PATH:/usr/sbin:/sbin
  if ! start_dockerd "$sbin" && ! start_dockerd "$sbin" && ! start_dockerd "$legacy:$sbin"; then
    tail -n 20 "$LIB_STATE/dockerd.log" >&2
    die "dockerd does not start; the last lines of its log are above"
  fi
  say "engine: started dockerd on $ENGINE_SOCKET"
}

stop_engine() { [ -z "$LIB_STATE" ] || stop_pid "$LIB_STATE/dockerd.pid" 30; }

# engine_ids containers|networks|volumes|images LABEL: what carries the label, one per line.
engine_ids() {
  # Without its filter a list names everything there is.
  local filters="{\"label\":[\"${2:?engine_ids needs a label}\"]}"
  case $1 in
    containers) engine GET /containers/json -G -d all=1 --data-urlencode "filters=$filters" | jq -r '.[].Id' ;;
    images) engine GET /images/json -G --data-urlencode "filters=$filters" | jq -r '.[].Id' ;;
    networks) engine GET /networks -G --data-urlencode "filters=$filters" | jq -r '.[].Id' ;;
    volumes) engine GET /volumes -G --data-urlencode "filters=$filters" | jq -r '(.Volumes // [])[].Name' ;;
  esac
}

# --- Caddy --------------------------------------------------------------------------------------

# ensure_caddy DIR HTTP_PORT HTTPS_PORT: a Caddy of our own with everything in DIR; its admin socket
# is DIR/admin/caddy.sock. The first configuration names that socket, because one that does not
# would move the admin endpoint to localhost:2019.
ensure_caddy() {
  local dir=$1 socket=$1/admin/caddy.sock
  command -v caddy >/dev/null || die "caddy is not installed: run .ci/deps.sh engine"
  alive "$dir/caddy.pid" && return 0
  mkdir -p "$dir/config" "$dir/data" && mkdir -p -m 0750 "$dir/admin"
  jq -n --arg listen "unix/$socket" --argjson http "$2" --argjson https "$3" \
    '{admin: {listen: $listen}, apps: {http: {http_port: $http, https_port: $https}}}' \
    >"$dir/initial.json"
  XDG_CONFIG_HOME=$dir/config XDG_DATA_HOME=$dir/data HOME=$dir setsid \
    caddy run --resume --config "$dir/initial.json" >>"$dir/caddy.log" 2>&1 </dev/null &
  echo $! >"$dir/caddy.pid"
  if ! wait_until 15 caddy_answers "$dir"; then
    tail -n 20 "$dir/caddy.log" >&2
    die "Caddy does not start; the last lines of its log are above"
  fi
}

# caddy_admin DIR METHOD PATH [curl options]. Old versions accept only an empty Host on a socket.
caddy_admin() {
  local dir=$1 method=$2 path=$3
  shift 3
  curl -sS --fail-with-body --max-time 10 --unix-socket "$dir/admin/caddy.sock" -H 'Host;' \
    -X "$method" "http://caddy$path" "$@"
}
caddy_answers() { caddy_admin "$1" GET /config/admin >/dev/null 2>&1; }
stop_caddy() { stop_pid "$1/caddy.pid" 5; }

# --- leaving nothing behind ---------------------------------------------------------------------

# remove_containers ID...: by force, with their anonymous volumes.
remove_containers() {
  local id
  for id in "$@"; do
    engine DELETE "/containers/$id?force=1&v=1" >/dev/null || true
  done
}

# remove_instance NAME: the containers, networks and volumes that a Mooring of this name made.
remove_instance() {
  local label="mooring.dev/instance=$1" id
  # shellcheck disable=SC2046  # ids have no spaces
  remove_containers $(engine_ids containers "$label")
  for id in $(engine_ids networks "$label"); do engine DELETE "/networks/$id" >/dev/null || true; done
  for id in $(engine_ids volumes "$label"); do engine DELETE "/volumes/$id?force=1" >/dev/null || true; done
}

# restore_hosts COPY: takes the lines about Mooring out of /etc/hosts that COPY does not have.
# Written in place: containers and resolvers may hold the file by its inode.
restore_hosts() {
  [ -f "$1" ] || return 0
  local kept
  kept=$(awk 'NR == FNR {before[$0]; next} ($0 in before) || tolower($0) !~ /mooring/' "$1" /etc/hosts)
  [ "$kept" = "$(cat /etc/hosts)" ] || printf '%s\n' "$kept" | as_root tee /etc/hosts >/dev/null
}

# Ends the engine, if it was started here, and drops the state folder.
stop_all() {
  stop_engine
  if [ -n "${LIB_STATE_OWNED:-}" ]; then
    as_root rm -rf "$LIB_STATE"
    LIB_STATE='' LIB_STATE_OWNED=''
  fi
}
