#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A daemon that is killed again and again while commits arrive, the engine restarts, the repository
# comes and goes, the disk of its store is full, its store is deleted, and the wall clock that it sees
# jumps between its lives and within them (libfaketime). In the end: everything is as in Git, nothing is
# there twice, what was there before or holds data is still there, and events tell of every container
# that the engine was asked for. Exit 1 else.
#   CHAOS_KILLS=60 CHAOS_SEED=7 tests/full.d/70-chaos.sh     (200 kills; the seed is printed)
set -euo pipefail
INSTANCE=mooring-chaos
. "$(dirname "$0")/../bench/lib.sh"
. tests/bench/fleet.sh

kills=${CHAOS_KILLS:-200}
apps=${CHAOS_APPS:-20}
HTTP_PORT=${HTTP_PORT:-8093} HTTPS_PORT=${HTTPS_PORT:-8456}
RANDOM=${CHAOS_SEED:=$$}
faketime=/usr/lib/$(gcc -print-multiarch)/faketime/libfaketimeMT.so.1
[ -f "$faketime" ] || die "libfaketime is not installed: run .ci/deps.sh test"
[ -z "$(ss -Hltn "sport = :$HTTP_PORT or sport = :$HTTPS_PORT")" ] ||
  die "something listens on port $HTTP_PORT or $HTTPS_PORT; choose others: HTTP_PORT=9093 HTTPS_PORT=9456 $0"

# --- what is done ---
declare -A acts=()
count() { acts[$1]=$((${acts[$1]:-0} + 1)); }

# A disk of its own for the store, small enough to be filled at once.
small_disk() {
  mkdir "$work/disk"
  truncate -s 40M "$work/disk.img"
  if as_root mkfs.ext4 -q -m 0 "$work/disk.img" && as_root mount -o loop "$work/disk.img" "$work/disk" 2>/dev/null; then
    disk="ext4 on a loop device"
  else
    as_root mount -t tmpfs -o size=40M tmpfs "$work/disk"
    disk="tmpfs: there are no loop devices here"
  fi
}
fill_disk() {
  dd if=/dev/zero of="$work/disk/ballast" bs=64k 2>/dev/null || true
  dd if=/dev/zero of="$work/disk/ballast.2" bs=1k 2>/dev/null || true
}
free_disk() { rm -f "$work/disk/ballast" "$work/disk/ballast.2"; }

kill_daemon() {
  local pid
  pid=$(cat "$work/mooring.pid")
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}
restart_engine() {
  stop_pid "$work/engine/dockerd.pid" 60
  start_own_engine
}
delete_store() {
  rm -rf "$work/disk/store"
  : >"$work/audit.made"  # its events are gone with it
}
change_fleet() {
  local number=$((RANDOM % apps))
  case $((RANDOM % 8)) in
    0) rm -f "$work/fleet/apps/app-$number.yaml" ;;
    *) app "$number" "hello $RANDOM" ;;
  esac
  commit "Change app-$number" 2>/dev/null || true  # nothing to commit, or the repository is away
}

# The daemon sees no repository, or none with that branch, for one life.
hide_repository() { mv "$work/fleet.git" "$work/fleet.git.away"; }
show_repository() { mv "$work/fleet.git.away" "$work/fleet.git"; }
hide_branch() { git -C "$work/fleet.git" branch -q -m main away; }
show_branch() { git -C "$work/fleet.git" branch -q -m away main; }

# What the daemon waits for is timed by another clock, which goes on.
jumps=(-30d -1d -90m +0 +90m +1d +30d)
set_clock() { echo "$1" >"$work/clock.new" && mv "$work/clock.new" "$work/clock"; }
fake_clock() {
  set_clock +0
  daemon_environment=(LD_PRELOAD="$faketime" FAKETIME_TIMESTAMP_FILE="$work/clock" FAKETIME_CACHE_DURATION=1
    DONT_FAKE_MONOTONIC=1)
}
maybe_move_clock() {
  [ $((RANDOM % 3)) -eq 0 ] || return 0
  set_clock "${jumps[RANDOM % ${#jumps[@]}]}"
  count clock-moved
}

life() {  # what
  maybe_move_clock
  start_daemon
  sleep "0.$((RANDOM % 9 + 1))"
  maybe_move_clock
  sleep "$((RANDOM % 2)).$((RANDOM % 4))"
  # On a full disk it may refuse to start, and say so; it must not die in any other way.
  if ! alive "$work/mooring.pid"; then
    local code=0
    wait "$(cat "$work/mooring.pid")" || code=$?
    { [ "$1" = disk-full ] && [ "$code" -eq 1 ] && tail -n 1 "$work/mooring.log" | grep -q 'make room'; } ||
      give_up "the daemon ended by itself with $code"
  fi
  kill_daemon
}
one_kill() {  # number
  local what=none
  change_fleet
  # In the second half no store is deleted: of that half the audit is complete.
  case $(($1 % 20)) in
    3) what=repository-away && hide_repository ;;
    8) what=branch-away && hide_branch ;;
    13) what=disk-full && fill_disk ;;
    17) what=engine-restart && restart_engine ;;
    19) [ $(($1 * 2)) -ge "$kills" ] || { what=store-deleted && delete_store; } ;;
  esac
  count "$what"
  life "$what"
  case $what in
    repository-away) show_repository ;;
    branch-away) show_branch ;;
    disk-full) free_disk ;;
  esac
}

# --- what is held against it ---
# Every container that the engine makes for us: "<app> <name> <revision>". The stream ends with the
# engine, and goes on where it ended.
watch_engine() {
  local since filters
  since=$(date +%s)
  filters="{\"type\":[\"container\"],\"event\":[\"create\"],\"label\":[\"mooring.dev/instance=$INSTANCE\"]}"
  while [ -d "$work" ]; do
    curl -sN --unix-socket "$ENGINE_SOCKET" -G http://engine/events --data-urlencode "since=$since" \
      --data-urlencode "filters=$filters" 2>/dev/null |
      jq --unbuffered -r '.Actor.Attributes | "\(.["mooring.dev/name"]) \(.name) \(.["mooring.dev/revision"])"' \
        >>"$work/audit.made" 2>/dev/null || true
    since=$(date +%s)
    sleep 0.2
  done
}
# The file of an App as a revision has it; a run that goes on with what an earlier one began tells of
# it with its own revision, which has the same file.
spec_at() { fleet_git rev-parse -q --verify "${2##*:}:apps/$1.yaml" || echo none; }
with_specs() {
  local app name revision
  while read -r app name revision; do
    echo "$app ${name%%_next*} $(spec_at "$app" "$revision")"
  done
}
audit() {
  local i
  for ((i = 0; i < apps; i++)); do mooring events app "app-$i" -n default --limit 1000 -o json; done >"$work/events.json"
  jq -r '(.items // .)[] | select((.message | startswith("container/")) and
      (.reason | IN("Created", "Replaced", "DriftCorrected"))) |
    "\(.resource | split("/")[2]) \(.message | split(":")[0] | ltrimstr("container/")) \(.revision)"' \
    "$work/events.json" | sort -u | with_specs | sort -u >"$work/audit.told"
  local app name revision
  made=0 untold=0
  while read -r app name revision; do
    made=$((made + 1))
    grep -qxF "$(echo "$app $name $revision" | with_specs)" "$work/audit.told" && continue
    untold=$((untold + 1))
    say "no event tells of $name at $revision"
  done < <(sort -u "$work/audit.made")
}
# The engine writes a list that is empty in two ways.
foreign() {
  engine GET /containers/foreign/json |
    jq -S '[.Id, .Name, .State.Running, .Config, .HostConfig] | del(.. | select(. == null or . == []))'
}

release_build mooring
start_own_engine
tests/support/images/build.sh "$IMAGE"
ensure_caddy "$work/caddy" "$HTTP_PORT" "$HTTPS_PORT"
small_disk
write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.218.0.0/16, hostsFile: $work/hosts}" \
  "caddy: {admin: unix/$work/caddy/admin/caddy.sock, httpListen: [\":$HTTP_PORT\"], httpsListen: [\":$HTTPS_PORT\"]}" \
  "loop: {maxBackoff: 10s}"
sed -i "s|store: {path: .*}|store: {path: $work/disk/store}|" "$work/mooring.yaml"
echo "127.0.0.1 localhost" >"$work/hosts"
engine POST "/containers/create?name=foreign" -H 'Content-Type: application/json' \
  -d "{\"Image\": \"$IMAGE\", \"HostConfig\": {\"RestartPolicy\": {\"Name\": \"unless-stopped\"}}}" >/dev/null
engine POST /containers/foreign/start
make_fleet
mkdir "$work/fleet/apps"
for ((i = 0; i < apps; i++)); do app "$i" hello; done
commit "$apps Apps"
: >"$work/audit.made"
watch_engine &
pids+=($!)
start_daemon
wait_daemon 300 "everything is ready" converged
foreign_before=$(foreign)

echo "seed $CHAOS_SEED, $kills kills, store on $disk"
kill_daemon
fake_clock
for ((i = 1; i <= kills; i++)); do one_kill "$i"; done
fleet_git push -q origin main  # what was committed while the repository was away
daemon_environment=()  # the clock is right again
started=$SECONDS
start_daemon
if ! wait_until 300 converged; then
  diff <(wanted_containers) <(running_containers) >&2 || true
  cat "$work/plan" >&2
  give_up "not converged 300 s after the last kill"
fi
took=$((SECONDS - started))
audit

for what in "${!acts[@]}"; do printf '%s %d, ' "$what" "${acts[$what]}"; done
printf '\n%d kills; converged %d s after the last, %d containers, none twice\n' "$kills" "$took" \
  "$(running_containers | wc -l)"
printf 'audit: %d containers were made since the last store began, %d of them untold\n' "$made" "$untold"
diff <(echo "$foreign_before") <(foreign) >&2 || die "the container of others was touched"
[ "$made" -gt 0 ] || die "the audit saw nothing"
[ "$untold" -eq 0 ] || die "events are missing"
