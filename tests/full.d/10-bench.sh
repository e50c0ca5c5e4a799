#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Mooring costs, as ratios to the raw engine in the same run: one table of measured and wanted.
#   tests/full.d/10-bench.sh [--strict]     --strict: exit 1 when a goal is missed
# BENCH_APPS (500) running Apps, each with one container; BENCH_SPECS (10000); BENCH_ROUNDS (30).
set -euo pipefail
INSTANCE=mooring-bench
. "$(dirname "$0")/../bench/lib.sh"

strict=
[ "${1:-}" != --strict ] || strict=1
apps=${BENCH_APPS:-500} specs=${BENCH_SPECS:-10000} rounds=${BENCH_ROUNDS:-30}
few=$((apps / 5))
IMAGE=mooring-test/web:1.0.0
docker_lines=("docker: {socket: $ENGINE_SOCKET, addressPool: 10.214.0.0/16, hostsFile: $work/hosts}"
  "caddy: {enabled: false}")
missed=0
table=$work/table

# row WHAT MEASURED WANTED RELATION: all with units; numbers are compared up to the first space.
row() {
  local verdict=ok
  awk -v a="${2%% *}" -v b="${3%% *}" -v relation="$4" \
    'BEGIN {exit !(relation == ">=" ? a >= b : a <= b)}' || { verdict='NOT'; missed=$((missed + 1)); }
  printf '%-62s %14s %4s %-10s %s\n' "$1" "$2" "$4" "$3" "$verdict" >>"$table"
}
note() { printf '    %s\n' "$*" >>"$table"; }
field() { jq -r ".$2" <<<"$1"; }
mb() { awk -v kib="$1" 'BEGIN {printf "%.1f MB", kib * 1024 / 1e6}'; }
median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

app() {  # number
  local name
  name=$(printf 'app-%05d' "$1")
  cat >"$work/fleet/apps/$name.yaml" <<APP
apiVersion: mooring.dev/v1alpha1
kind: App
metadata:
  name: $name
spec:
  rollout: {strategy: Recreate}
  services:
    main:
      image: $IMAGE
      command: [sleep, "1000000"]
      stop_signal: SIGKILL
      environment: {ROUND: "0"}
APP
}
fleet_of() {  # from to
  local i
  mkdir -p "$work/fleet/apps"
  for ((i = $1; i <= $2; i++)); do app "$i"; done
  commit "Apps $1 to $2"
}

# --- a daemon that only reads specs: no engine, no Caddy ---
measure_specs() {
  local cold warm samples i
  # Other work on the machine only ever adds: the least of three.
  for i in 1 2 3; do build/bench/bin/load_specs "$specs"; done >"$work/load"
  cold=$(awk '/^cold/ {print $3 + $6}' "$work/load" | sort -g | head -n 1)
  warm=$(awk '/^one changed/ {print $5 + $8}' "$work/load" | sort -g | head -n 1)
  row "load $specs specs, cold" "$cold ms" "1000 ms" "<="
  row "load $specs specs, one changed file" "$warm ms" "20 ms" "<="

  write_config "docker: {enabled: false}" "caddy: {enabled: false}"
  : >"$work/fleet/README"
  commit "Nothing yet"
  start_daemon
  wait_daemon 20 "the empty daemon answers" scrape >/dev/null 2>&1
  sleep 2
  note "an empty daemon: $(mb "$(daemon_memory)"), $(daemon_fds) open files"
  fleet_of 1 "$specs"
  wait_daemon 120 "it knows $specs resources" are_known "$specs"
  samples=$(for ((i = 0; i < 15; i++)); do
    curl -sS -o /dev/null -w '%{time_total}\n' --unix-socket "$work/mooring.sock" http://mooring/metrics
  done | median)
  row "scrape of /metrics with $specs resources" "$(awk -v s="$samples" 'BEGIN {print s * 1000}') ms" "15 ms" "<="
  row "resident memory with $specs resources" "$(mb "$(daemon_memory)")" "120 MB" "<="
  stop_daemon
  rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
}

measure_resync() {  # how many
  local result
  result=$(build/bench/bin/bench_resync "$work/mooring.yaml" "$work/fleet" 40)
  row "no-op resync of $1 containers / one raw list of them" "$(field "$result" ratio) x" "1.15 x" "<="
  note "list $(field "$result" raw_ms) ms raw; $(field "$result" refresh_ms) ms read and remembered, $(field "$result" plan_ms) ms planned, $(field "$result" calls) calls"
}

# --- a daemon over an engine of its own ---
measure_engine() {
  local result started
  write_config "${docker_lines[@]}"
  : >"$work/hosts"
  make_fleet
  fleet_of 1 "$few"
  started=$(now_ms)
  start_daemon
  wait_daemon 300 "$few Apps are ready" are_ready "$few"
  note "cold converge of $few Apps: $(awk -v n="$few" -v ms=$(($(now_ms) - started)) 'BEGIN {printf "%.1f s, %.1f containers/s", ms / 1000, n * 1000 / ms}'), the 10 s included in which each proves to stay up"
  measure_resync "$few"
  fleet_of $((few + 1)) "$apps"
  wait_daemon 1800 "$apps Apps are ready" are_ready "$apps"
  measure_resync "$apps"
  row "resident memory with $apps running containers" "$(mb "$(daemon_memory)")" "40 MB" "<="
  note "$(daemon_fds) open files, $(awk '$1 == "Threads:" {print $2}' "/proc/$(cat "$work/mooring.pid")/status") threads"

  result=$(build/bench/bin/bench_heal "$ENGINE_SOCKET" "$INSTANCE" "$rounds")
  row "killed -> running, more than a raw start on the die event (p50)" "$(field "$result" more_ms) ms" "20 ms" "<="
  note "p50/p95: $(field "$result" healed_ms)/$(field "$result" healed_p95_ms) ms, raw $(field "$result" raw_ms)/$(field "$result" raw_p95_ms) ms; a raw start in peace $(field "$result" raw_start_ms) ms"
  wait_daemon 120 "all are ready again" are_ready "$apps"

  result=$(build/bench/bin/bench_replace "$ENGINE_SOCKET" "$work/fleet" "$rounds")
  row "one changed of $apps: commit -> applied, more than a raw replace" "$(field "$result" more_ms) ms" "50 ms" "<="
  note "p50: $(field "$result" applied_ms) ms (poll of $POLL_INTERVAL in it; first act after $(field "$result" first_act_ms) ms), raw $(field "$result" raw_ms) ms"
  idle_cpu
}

idle_cpu() {
  local ticks before
  wait_daemon 120 "all are ready again" are_ready "$apps"
  sed -i "s/pollInterval: [^}]*/pollInterval: 60s/" "$work/mooring.yaml"
  stop_daemon
  start_daemon
  wait_daemon 120 "all are ready again" are_ready "$apps"
  sleep 15
  before=$(awk '{print $14 + $15}' "/proc/$(cat "$work/mooring.pid")/stat")
  sleep 60
  ticks=$(($(awk '{print $14 + $15}' "/proc/$(cat "$work/mooring.pid")/stat") - before))
  row "idle with $apps containers, of one core" "$(awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.2f %%", t / hz / 60 * 100}')" "0.2 %" "<="
  row "resident memory after a restart over $apps containers" "$(mb "$(daemon_memory)")" "40 MB" "<="
}

POLL_INTERVAL=20ms
release_build mooring load_specs bench_resync bench_heal bench_replace
make_fleet
say "specs"
measure_specs
say "engine"
start_own_engine
tests/support/images/build.sh "$IMAGE"
measure_engine

printf '\n%-62s %14s %4s %-10s %s\n' "$(nproc) cores, $(date -u +%F)" measured '' wanted ''
cat "$table"
[ "$missed" -eq 0 ] || printf '\n%d goals missed\n' "$missed"
[ -z "$strict" ] || [ "$missed" -eq 0 ]
