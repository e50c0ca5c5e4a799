#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Mooring costs, as ratios to the raw engine in the same run: one table of measured and wanted.
#   tests/full.d/10-bench.sh [--strict]     --strict: exit 1 when a goal is missed
# BENCH_APPS (500) running Apps, each with one container; BENCH_SPECS (10000); BENCH_ROUNDS (30);
# BENCH_SIMULATED ("100 1000 10000"): so many Apps on a simulated engine; BENCH_PARTS ("specs secrets
# engine simulated"): only these.
set -euo pipefail
INSTANCE=mooring-bench
. "$(dirname "$0")/../bench/lib.sh"

strict=
[ "${1:-}" != --strict ] || strict=1
apps=${BENCH_APPS:-500} specs=${BENCH_SPECS:-10000} rounds=${BENCH_ROUNDS:-30}
few=$((apps / 5))
simulated=${BENCH_SIMULATED:-100 1000 10000} parts=${BENCH_PARTS:-specs secrets engine simulated}
# What a real engine's list takes for each container in it; measured anew where there is one.
list_item_us=60
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
  local cold warm i
  # Other work on the machine only ever adds: the least of three.
  for i in 1 2 3; do build/bench/bin/load_specs "$specs"; done >"$work/load"
  cold=$(awk '/^cold/ {print $3 + $6}' "$work/load" | sort -g | head -n 1)
  warm=$(awk '/^one changed/ {print $5 + $8}' "$work/load" | sort -g | head -n 1)
  row "load $specs specs, cold" "$cold ms" "1000 ms" "<="
  row "load $specs specs, one changed file" "$warm ms" "20 ms" "<="

  write_config "docker: {enabled: false}" "caddy: {enabled: false}"
  make_fleet
  : >"$work/fleet/README"
  commit "Nothing yet"
  start_daemon
  wait_daemon 20 "the empty daemon answers" scrape >/dev/null 2>&1
  sleep 2
  note "an empty daemon: $(mb "$(daemon_memory)"), $(daemon_fds) open files"
  fleet_of 1 "$specs"
  wait_daemon 120 "it knows $specs resources" are_known "$specs"
  scrape_row "$specs"
  row "resident memory with $specs resources" "$(mb "$(daemon_memory)")" "120 MB" "<="
  stop_daemon
  rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
}

resynced=  # what bench_resync said last
measure_resync() {  # how many
  local result
  result=$(build/bench/bin/bench_resync "$work/mooring.yaml" "$work/fleet" 40)
  resynced=$result
  row "no-op resync of $1 containers / one raw list of them" "$(field "$result" ratio) x" "1.15 x" "<="
  note "list $(field "$result" raw_ms) ms raw; $(field "$result" refresh_ms) ms read and remembered, $(field "$result" plan_ms) ms planned, $(field "$result" calls) calls"
}

scrape_row() {  # how many
  local samples
  samples=$(for ((i = 0; i < 15; i++)); do
    curl -sS -o /dev/null -w '%{time_total}\n' --unix-socket "$work/mooring.sock" http://mooring/metrics
  done | median)
  row "scrape of /metrics with $1 resources" "$(awk -v s="$samples" 'BEGIN {print s * 1000}') ms" "15 ms" "<="
}

# --- a daemon with encrypted files: how often it runs SOPS, by a wrapper that counts ---
sops_runs() { wc -l <"$work/sops.runs"; }
no_more_sops() {  # WHAT BEFORE
  row "$1, runs of sops" "$(($(sops_runs) - $2))" "0" "<="
}
measure_secrets() {  # how many
  local started before sops i
  sops=$(.ci/tools.sh sops)/sops
  age-keygen -o "$work/age.txt" 2>/dev/null
  export SOPS_AGE_RECIPIENTS
  SOPS_AGE_RECIPIENTS=$(sed -n 's/.*public key: //p' "$work/age.txt")
  printf '#!/bin/sh\necho >>"%s"\nexec "%s" "$@"\n' "$work/sops.runs" "$sops" >"$work/sops"
  chmod 755 "$work/sops"
  : >"$work/sops.runs"
  make_fleet
  mkdir "$work/fleet/secrets"
  for ((i = 1; i <= $1; i++)); do
    cat >"$work/fleet/secrets/s$i.yaml" <<SECRET
apiVersion: mooring.dev/v1alpha1
kind: Secret
metadata: {name: s$i}
spec:
  data: {key: value of $i}
SECRET
  done
  find "$work/fleet/secrets" -name '*.yaml' -print0 |
    xargs -0 -n 1 -P "$(nproc)" "$sops" encrypt --in-place --encrypted-regex '^data$'
  commit "$1 Secrets"
  write_config "docker: {enabled: false}" "caddy: {enabled: false}"
  sed -i "s|^secrets: .*|secrets: {sealKeyFile: $work/keys/seal, sops: {binary: $work/sops, ageKeyFile: $work/age.txt}}|" "$work/mooring.yaml"
  started=$(now_ms)
  start_daemon
  wait_daemon 300 "$1 Secrets are ready" are_ready "$1"
  note "$1 Secrets are ready after $(awk -v ms=$(($(now_ms) - started)) 'BEGIN {printf "%.1f s", ms / 1000}'), $(sops_runs) runs of sops; $(mb "$(daemon_memory)")"
  before=$(sops_runs)
  mooring reconcile --wait >/dev/null
  no_more_sops "resync of $1 Secrets that did not change" "$before"
  stop_daemon
  start_daemon
  wait_daemon 300 "$1 Secrets are ready again" are_ready "$1"
  no_more_sops "restart over $1 Secrets" "$before"
  SOPS_AGE_KEY_FILE=$work/age.txt "$sops" set "$work/fleet/secrets/s1.yaml" '["spec"]["data"]["key"]' '"another"'
  before=$(sops_runs)
  commit "Rotate one"
  wait_daemon 60 "the rotated one is opened" more_runs_than "$before"
  sleep 2
  row "one of $1 rotated, runs of sops" "$(($(sops_runs) - before))" "1" "<="
  stop_daemon
  rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
}
more_runs_than() { [ "$(sops_runs)" -gt "$1" ]; }

# --- a daemon over a simulated engine: the answers cost nothing, so what is left is Mooring's ---
replaced_at=  # "100:3.1 1000:3.4": how many Apps, and what one changed took
measure_simulated() {  # how many Apps
  local started result goal=40 real=$ENGINE_SOCKET
  ENGINE_SOCKET=$work/simulated-$1.sock
  build/bench/bin/simulated_engine "$ENGINE_SOCKET" "$list_item_us" "$IMAGE" &
  pids+=($!)
  wait_until 10 engine_answers
  write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.0.0.0/8, hostsFile: $work/hosts}" \
    "caddy: {enabled: false}"
  : >"$work/hosts"
  make_fleet
  fleet_of 1 "$1"
  started=$(now_ms)
  start_daemon
  wait_daemon 900 "$1 Apps are ready" are_ready "$1"
  note "$1 Apps on the simulated engine are ready after $(awk -v ms=$(($(now_ms) - started)) 'BEGIN {printf "%.1f s", ms / 1000}'), the 10 s included in which each proves to stay up; $(mb "$(daemon_memory)") then"
  measure_resync "$1"
  note "  simulated: $list_item_us us for each container in a list"
  result=$(build/bench/bin/bench_replace "$ENGINE_SOCKET" "$work/fleet" "$rounds")
  replaced_at+=" $1:$(field "$result" more_ms)"
  row "one changed of $1: commit -> applied, more than a raw replace" "$(field "$result" more_ms) ms" "50 ms" "<="
  if [ "$1" -ge 1000 ]; then
    scrape_row "$1"
    [ "$1" -lt 10000 ] || goal=120
    idle_cpu "$1" "$goal"
  fi
  stop_daemon
  kill "${pids[-1]}"
  rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
  ENGINE_SOCKET=$real
}
# What one change costs must not grow with what does not change.
flat_row() {
  awk 'NF > 1 {split($1, a, ":"); split($NF, b, ":"); print a[1], b[1], b[2] - a[2]}' <<<"$replaced_at" >"$work/flat"
  [ ! -s "$work/flat" ] || while read -r least most more; do
    row "one changed of $most, more than one of $least" "$more ms" "10 ms" "<="
  done <"$work/flat"
}

# --- a daemon over an engine of its own ---
measure_converge() {  # how many; the first Apps of the fleet
  local result started
  mkfifo "$work/ready"
  build/bench/bin/bench_converge "$ENGINE_SOCKET" "$IMAGE" "$work/fleet.git/refs/heads/main" "$1" \
    <"$work/ready" >"$work/converge" &
  local measuring=$!
  exec 8>"$work/ready"
  fleet_of 1 "$1"
  started=$(now_ms)
  wait_daemon 300 "$1 Apps are ready" are_ready "$1"
  note "$1 new Apps are ready after $(awk -v ms=$(($(now_ms) - started)) 'BEGIN {printf "%.1f s", ms / 1000}'), the 10 s included in which each proves to stay up"
  echo ready >&8
  exec 8>&-
  wait "$measuring" || die "bench_converge failed; its message is above"
  result=$(<"$work/converge")
  row "cold converge of $1 Apps, of the best rate of the raw API" "$(field "$result" ratio)" "0.9" ">="
  note "$(field "$result" rate) a second; raw $(field "$result" raw_rate), networks included, with $(field "$result" raw_callers) callers"
}

measure_engine() {
  local result
  write_config "${docker_lines[@]}"
  : >"$work/hosts"
  make_fleet
  : >"$work/fleet/README"
  commit "Nothing yet"
  start_daemon
  wait_daemon 20 "the empty daemon answers" scrape >/dev/null 2>&1
  measure_converge "$few"
  measure_resync "$few"
  fleet_of $((few + 1)) "$apps"
  wait_daemon 1800 "$apps Apps are ready" are_ready "$apps"
  measure_resync "$apps"
  list_item_us=$(awk -v ms="$(field "$resynced" raw_ms)" -v n="$apps" 'BEGIN {printf "%d", ms * 1000 / n}')
  row "resident memory with $apps running containers" "$(mb "$(daemon_memory)")" "40 MB" "<="
  note "$(daemon_fds) open files, $(awk '$1 == "Threads:" {print $2}' "/proc/$(cat "$work/mooring.pid")/status") threads"

  result=$(build/bench/bin/bench_heal "$ENGINE_SOCKET" "$INSTANCE" "$rounds")
  row "killed -> running, more than a raw start on the die event (p50)" "$(field "$result" more_ms) ms" "20 ms" "<="
  note "p50/p95: $(field "$result" healed_ms)/$(field "$result" healed_p95_ms) ms, raw $(field "$result" raw_ms)/$(field "$result" raw_p95_ms) ms; a raw start in peace $(field "$result" raw_start_ms) ms"
  wait_daemon 120 "all are ready again" are_ready "$apps"

  result=$(build/bench/bin/bench_replace "$ENGINE_SOCKET" "$work/fleet" "$rounds")
  row "one changed of $apps: commit -> applied, more than a raw replace" "$(field "$result" more_ms) ms" "50 ms" "<="
  note "p50: $(field "$result" applied_ms) ms (poll of $POLL_INTERVAL in it; the old one is gone after $(field "$result" gone_ms) ms), raw $(field "$result" raw_ms) ms"
  idle_cpu "$apps" 40
}

idle_cpu() {  # how many Apps, MB that the daemon may take
  local ticks before
  wait_daemon 300 "all are ready again" are_ready "$1"
  sed -i "s/pollInterval: [^}]*/pollInterval: 60s/" "$work/mooring.yaml"
  stop_daemon
  start_daemon
  wait_daemon 300 "all are ready again" are_ready "$1"
  sleep 15
  before=$(awk '{print $14 + $15}' "/proc/$(cat "$work/mooring.pid")/stat")
  sleep 60
  ticks=$(($(awk '{print $14 + $15}' "/proc/$(cat "$work/mooring.pid")/stat") - before))
  row "idle with $1 containers, of one core" "$(awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.2f %%", t / hz / 60 * 100}')" "0.2 %" "<="
  row "resident memory after a restart over $1 containers" "$(mb "$(daemon_memory)")" "$2 MB" "<="
}

POLL_INTERVAL=20ms
IMAGE=mooring-test/web:1.0.0
release_build mooring load_specs bench_resync bench_heal bench_replace bench_converge simulated_engine
for part in $parts; do
  say "$part"
  case $part in
    specs) measure_specs ;;
    secrets) measure_secrets 500 ;;
    engine)
      start_own_engine
      tests/support/images/build.sh "$IMAGE"
      measure_engine
      stop_daemon
      rm -rf "$work/store" "$work/fleet" "$work/fleet.git"
      ;;
    simulated)
      for size in $simulated; do measure_simulated "$size"; done
      flat_row
      ;;
    *) die "there is no part $part; there are: specs secrets engine simulated" ;;
  esac
done

printf '\n%-62s %14s %4s %-10s %s\n' "$(nproc) cores, $(date -u +%F)" measured '' wanted ''
cat "$table"
[ "$missed" -eq 0 ] || printf '\n%d goals missed\n' "$missed"
[ -z "$strict" ] || [ "$missed" -eq 0 ]
