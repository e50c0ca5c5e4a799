#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Random Apps on a real engine: each comes to rest; a second look, one that goes the whole way to the
# engine, and one by a daemon that has lost its store change nothing and write nothing; and once they
# are gone from Git nothing is left. Exit 1 unless all of it is so.
#   tests/full.d/35-random-apps.sh     RANDOM_APPS (200), RANDOM_BATCH (40), SEED (another each time)
set -euo pipefail
INSTANCE=mooring-random
. "$(dirname "$0")/../bench/lib.sh"

apps=${RANDOM_APPS:-200} batch=${RANDOM_BATCH:-40} seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
IMAGE=mooring-test/web:1.0.0
failed=0
complain() {
  say "NOT: $*"
  failed=$((failed + 1))
}

writes() {
  scrape | awk '/^mooring_engine_requests_total[{].*method="(POST|PUT|PATCH|DELETE)"/ {n += $NF} END {print n + 0}'
}
not_ready() { mooring get apps --no-headers 2>/dev/null | awk '$2 != "True"'; }
at_rest() {  # how many Apps
  are_ready "$1" && [ "$(scrape | awk '/^mooring_queue_depth[ {]/ {n += $NF} END {print n + 0}')" -eq 0 ]
}
of_ours() {  # containers|networks|volumes
  engine_ids "$1" "mooring.dev/instance=$INSTANCE"
}
# What runs and what does not, in short.
fingerprint() {
  engine GET "/containers/json?all=1" | jq -c '[.[] | [.Id, .State]] | sort' | sha256sum
}

settle() {  # how many Apps
  local deadline=$((SECONDS + 240))
  until at_rest "$1"; do
    alive "$work/mooring.pid" || give_up "the daemon ended"
    if [ "$SECONDS" -ge "$deadline" ]; then
      not_ready >&2
      complain "these are not at rest after 240 s"
      return
    fi
    sleep 0.5
  done
}

quiet() {  # WHAT COMMAND...: neither the daemon nor the host move by it
  local what=$1 before host
  shift
  before=$(writes) host=$(fingerprint)
  "$@" >"$work/out" 2>&1 || {
    cat "$work/out" >&2
    complain "$what ends with an error; seed $seed"
  }
  [ "$(writes)" -eq "$before" ] || complain "$what wrote $(($(writes) - before)) times to the engine; seed $seed"
  [ "$(fingerprint)" = "$host" ] || complain "$what changed containers; seed $seed"
}

nothing_left() { [ -z "$(of_ours containers)" ] && [ "$(of_ours networks)" = "$kept_network" ]; }

run_batch() {  # first last
  local n=$(($2 - $1 + 1)) i
  for ((i = $1; i <= $2; i++)); do cp -r "$work/all/apps/random-$i" "$work/fleet/apps/"; done
  commit "Apps $1 to $2"
  wait_daemon 60 "it knows $n Apps" are_known $((n + 1))
  settle $((n + 1))
  containers=$((containers + $(of_ours containers | wc -l)))
  made=$((made + $(writes) - counted))

  quiet "mooring plan" mooring plan --source "$work/fleet" --detailed-exitcode
  quiet "a second look" mooring reconcile --wait
  stop_daemon
  rm -rf "$work/store"
  start_daemon
  wait_daemon 120 "the daemon without its store knows $n Apps" are_known $((n + 1))
  settle $((n + 1))
  [ "$(writes)" -eq 0 ] || complain "without its store the daemon wrote $(writes) times; seed $seed"
  quiet "mooring plan after the store was lost" mooring plan --source "$work/fleet" --detailed-exitcode

  git -C "$work/fleet" rm -rq apps
  mkdir -p "$work/fleet/apps"
  keeper
  commit "Remove them"
  wait_until 240 nothing_left || complain "this is left: $(of_ours containers | xargs) $(of_ours networks | xargs); seed $seed"
  wait_daemon 60 "it has forgotten them" are_known 1
  [ ! -s "$work/hosts" ] || complain "the hosts file has: $(cat "$work/hosts")"
  [ -z "$(find "$work/files" -type f -name '*.conf' 2>/dev/null)" ] || complain "files are left in $work/files"
  # Data outlives its App.
  for i in $(of_ours volumes); do engine DELETE "/volumes/$i" >/dev/null; done
  counted=$(writes)
}
# A source is not emptied without this.
keeper() {
  cat >"$work/fleet/apps/keeper.yaml" <<APP
apiVersion: mooring.dev/v1alpha1
kind: App
metadata: {name: keeper}
spec:
  services:
    none: {image: "$IMAGE", deploy: {replicas: 0}}
APP
}

say "seed $seed"
release_build mooring random_apps
build/bench/bin/random_apps "$seed" "$apps" "$IMAGE" "$work/all" >&2
start_own_engine
tests/support/images/build.sh "$IMAGE" >/dev/null
write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.214.0.0/16, hostsFile: $work/hosts, filesDirectory: $work/files}" \
  "caddy: {enabled: false}"
: >"$work/hosts"
make_fleet
mkdir -p "$work/fleet/apps" "$work/fleet/.mooring"
printf 'apiVersion: mooring.dev/v1alpha1\nprune: {maxPercent: 100}\n' >"$work/fleet/.mooring/policy.yaml"
keeper
commit "Nothing yet"
start_daemon
wait_daemon 60 "it knows the keeper" are_ready 1
kept_network=$(of_ours networks)
containers=0 made=0 counted=$(writes)
for ((first = 1; first <= apps; first += batch)); do
  last=$((first + batch - 1))
  [ "$last" -le "$apps" ] || last=$apps
  say "Apps $first to $last"
  run_batch "$first" "$last"
done
say "$apps random Apps of seed $seed: $containers containers, $made writes to make them, $failed complaints"
[ "$failed" -eq 0 ]
