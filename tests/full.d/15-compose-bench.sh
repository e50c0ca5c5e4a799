#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same Compose file for `docker compose up -d` and for Mooring, on one engine, in one run: what
# it takes when everything is new, when nothing changed, and when one container was killed.
#   tests/full.d/15-compose-bench.sh [--strict]     --strict: exit 1 when Mooring is the slower one
# BENCH_SERVICES ("10 50 100"); BENCH_ROUNDS (5), BENCH_COLD_ROUNDS (3): the median counts.
#
# Compose's time is that of the command. Mooring has no command to time: its ends with the last `start`
# event of the engine, and begins before the commit (which is pushed, then polled for) or the kill. A
# look that finds nothing is timed as the command that asks for one and waits for the answer.
set -euo pipefail
INSTANCE=mooring-bench
. "$(dirname "$0")/../bench/lib.sh"

strict=
[ "${1:-}" != --strict ] || strict=1
sizes=${BENCH_SERVICES:-10 50 100} rounds=${BENCH_ROUNDS:-5} cold_rounds=${BENCH_COLD_ROUNDS:-3}
IMAGE=mooring-test/web:1.0.0
missed=0
table=$work/table
compose=$(.ci/tools.sh compose)/cmd

row() {  # WHAT MOORING_MS COMPOSE_MS
  local verdict=ok
  [ "$2" -le "$3" ] || { verdict='NOT'; missed=$((missed + 1)); }
  printf '%-44s %8s ms %8s ms %8s  %s\n' "$1" "$2" "$3" \
    "$(awk -v a="$2" -v b="$3" 'BEGIN {printf "%.2f x", a / b}')" "$verdict" >>"$table"
}
median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
quietly() {  # command...
  "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; die "'$*' failed; what it said is above"; }
}
timed() {  # command...
  local began
  began=$(now_ms)
  quietly "$@"
  echo $(($(now_ms) - began))
}
repeat() {  # times command...: the median of what it prints
  local i times=$1
  shift
  for ((i = 1; i <= times; i++)); do ROUND=$i "$@"; done | median
}

compose_file() {  # how many services
  local i
  echo 'services:'
  for ((i = 1; i <= $1; i++)); do
    cat <<SERVICE
  s$i:
    image: $IMAGE
    command: [sleep, "1000000"]
    stop_signal: SIGKILL
    restart: unless-stopped
    environment: {NUMBER: "$i"}
SERVICE
  done
}
in_compose() { DOCKER_HOST=unix://$ENGINE_SOCKET "$compose" -p bench -f "$work/compose.yaml" "$@"; }
up() { in_compose up -d; }
look() { mooring reconcile app/bench --wait; }
running() { engine GET /containers/json | jq length; }
all_run() { [ "$(running)" -eq "$1" ]; }

# started_after NS: milliseconds from then to the last `start` event of the engine.
started_after() {
  engine GET /events -G -d "since=${1%?????????}.${1: -9}" -d "until=$(date +%s.%N)" \
    --data-urlencode 'filters={"type": ["container"], "event": ["start"]}' |
    jq -rs --arg began "$1" 'map(.timeNano) | max | (. - ($began | tonumber)) / 1e6 | floor'
}
# Each round another one. Its own restart policy leaves alone what a person killed through the API.
kill_one() {  # label=value
  local id
  id=$(engine_ids containers "$1" | sed -n "${ROUND}p")
  engine POST "/containers/$id/kill?signal=KILL" >/dev/null
}

compose_cold() {
  [ "$(running)" -eq 0 ] || quietly in_compose down -t 0
  timed up
}
compose_killed() {
  local began
  began=$(now_ms)
  kill_one com.docker.compose.project=bench
  timed up >/dev/null
  echo $(($(now_ms) - began))
  all_run "$n" || die "docker compose up -d has left $(running) of $n running"
}

mooring_gone() {
  stop_daemon
  remove_instance "$INSTANCE"
  rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
}
mooring_cold() {
  local began
  [ ! -d "$work/fleet" ] || mooring_gone
  : >"$work/hosts"
  make_fleet
  : >"$work/fleet/README"
  quietly commit "Nothing yet"
  start_daemon
  quietly wait_daemon 20 "the empty daemon answers" scrape
  cp "$work/compose.yaml" "$work/fleet/"
  cat >"$work/fleet/bench.yaml" <<APP
apiVersion: mooring.dev/v1alpha1
kind: App
metadata: {name: bench}
spec:
  rollout: {strategy: Recreate}
  compose: {file: ./compose.yaml}
APP
  began=$(date +%s%N)
  quietly commit "$n services"
  wait_until 300 all_run "$n" || give_up "after five minutes $(running) of $n services run"
  started_after "$began"
}
mooring_killed() {
  local began
  began=$(date +%s%N)
  kill_one mooring.dev/name=bench
  wait_until 60 all_run "$n" || give_up "a minute after the kill $(running) of $n services run"
  started_after "$began"
}

measure() {
  local n=$1 with with_idle with_killed cold idle killed
  say "$n services"
  compose_file "$n" >"$work/compose.yaml"
  with=$(repeat "$cold_rounds" compose_cold)
  with_idle=$(repeat "$rounds" timed up)
  with_killed=$(repeat "$rounds" compose_killed)
  quietly in_compose down -t 0

  cold=$(repeat "$cold_rounds" mooring_cold)
  wait_daemon 120 "the App is ready" are_ready 1
  idle=$(repeat "$rounds" timed look)
  killed=$(repeat "$rounds" mooring_killed)
  mooring_gone
  row "$n services, all new" "$cold" "$with"
  row "$n services, nothing to do" "$idle" "$with_idle"
  row "$n services, one killed" "$killed" "$with_killed"
}

release_build mooring
start_own_engine
tests/support/images/build.sh "$IMAGE" >/dev/null
write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.214.0.0/16, hostsFile: $work/hosts}" \
  "caddy: {enabled: false}"
for size in $sizes; do measure "$size"; done
printf '\n%-44s %11s %14s\n' "$(nproc) cores, $(date -u +%F)" Mooring "Compose $(awk '$1 == "compose" {print $3}' .ci/versions)"
cat "$table"
[ "$missed" -eq 0 ] || printf '\nMooring is the slower one in %d\n' "$missed"
[ -z "$strict" ] || [ "$missed" -eq 0 ]
