#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ten rollouts under load: wrk asks with GET and with POST through Caddy while commits replace the
# container behind it, StartFirst. No request may fail, and Caddy may not be reloaded: exit 1 else.
#   tests/full.d/20-rollout-load.sh     ROLLOUTS (10), HTTP_PORT (8091), HTTPS_PORT (8454)
set -euo pipefail
INSTANCE=mooring-rollout
. "$(dirname "$0")/../bench/lib.sh"

rollouts=${ROLLOUTS:-10}
HTTP_PORT=${HTTP_PORT:-8091} HTTPS_PORT=${HTTPS_PORT:-8454}
IMAGE=mooring-test/nginx:1
URL=http://127.0.0.1:$HTTP_PORT/
[ -z "$(ss -Hltn "sport = :$HTTP_PORT or sport = :$HTTPS_PORT")" ] ||
  die "something listens on port $HTTP_PORT or $HTTPS_PORT; choose others: HTTP_PORT=9091 HTTPS_PORT=9454 $0"

write_fleet() {  # round
  cat >"$work/fleet/shop.yaml" <<FLEET
apiVersion: mooring.dev/v1alpha1
kind: App
metadata:
  name: shop
spec:
  services:
    web:
      image: $IMAGE
      environment: {ROUND: "$1"}
      healthcheck: {test: [CMD, wget, -qO-, "http://127.0.0.1:8080/"], interval: 1s, timeout: 1s, retries: 3}
---
apiVersion: mooring.dev/v1alpha1
kind: Site
metadata:
  name: shop
spec:
  hosts: [shop.test]
  tls: {issuer: "off"}
  routes:
    - backend: shop/web/8080
FLEET
}

containers() { engine_ids containers "mooring.dev/instance=$INSTANCE"; }
rolled_from() {  # the id that must have gone
  local now
  now=$(containers)
  [ -n "$now" ] && [ "$(wc -l <<<"$now")" -eq 1 ] && [ "$now" != "$1" ] && are_ready 2
}
serves() { curl -sf -o /dev/null --max-time 2 --noproxy '*' -H 'Host: shop.test' "$URL"; }

# What Caddy itself says about changes: its configuration, calls of its admin API that are no reads,
# and the line that each load leaves in its log.
config_hash() { caddy_admin "$work/caddy" GET /config/ | sha256sum | cut -c1-16; }
admin_writes() {
  caddy_admin "$work/caddy" GET /metrics |
    awk '/^caddy_admin_http_requests_total/ && !/method="GET"/ {n += $NF} END {print n + 0}'
}
log_loads() { grep -cE '"(admin endpoint started|load complete|autosaved config)' "$work/caddy/caddy.log" || true; }

load() {  # METHOD
  cat >"$work/$1.lua" <<LUA
wrk.method = "$1"
wrk.headers["Host"] = "shop.test"
if "$1" == "POST" then wrk.body = "a=1" end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("%d %d %d %d %d %d %.1f %.1f\n", summary.requests, e.connect, e.read, e.write,
    e.status, e.timeout, latency:percentile(99) / 1000, latency.max / 1000))
end
LUA
  wrk -t 1 -c 16 -d 3600s --timeout 10s -s "$work/$1.lua" "$URL" >"$work/$1.result" 2>&1 &
  pids+=($!)
}

release_build mooring
start_own_engine
cp /etc/hosts "$work/hosts.before"
tests/support/images/build.sh "$IMAGE"
ensure_caddy "$work/caddy" "$HTTP_PORT" "$HTTPS_PORT"
write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.216.0.0/16}" \
  "caddy: {admin: unix/$work/caddy/admin/caddy.sock, httpListen: [\":$HTTP_PORT\"], httpsListen: [\":$HTTPS_PORT\"]}"
make_fleet
write_fleet 0
commit "A shop"
start_daemon
wait_daemon 60 "the shop is served" serves
wait_daemon 60 "all is ready" are_ready 2
sleep 3  # the log lines of the load before are written

hash=$(config_hash) writes=$(admin_writes) loads=$(log_loads) pid=$(cat "$work/caddy/caddy.pid")
load GET
load POST
sleep 2
started=$(now_ms)
for ((round = 1; round <= rollouts; round++)); do
  before=$(containers)
  write_fleet "$round"
  commit "Round $round"
  wait_daemon 120 "rollout $round is done" rolled_from "$before"
done
took=$(($(now_ms) - started))
sleep 2
for pid_of_wrk in "${pids[@]}"; do kill -INT "$pid_of_wrk"; done
for pid_of_wrk in "${pids[@]}"; do wait "$pid_of_wrk" || true; done
pids=()

bad=0
printf '%-8s %10s %8s %8s %8s %8s %8s %9s %9s\n' '' requests connect read write status timeout p99_ms max_ms
for method in GET POST; do
  read -r -a figures < <(tail -n 1 "$work/$method.result")
  [[ ${#figures[@]} -eq 8 && ${figures[0]} -gt 1000 ]] || { cat "$work/$method.result"; die "wrk made no figures"; }
  printf '%-8s %10s %8s %8s %8s %8s %8s %9s %9s\n' "$method" "${figures[@]}"
  bad=$((bad + figures[1] + figures[2] + figures[3] + figures[4] + figures[5]))
done
printf '%d rollouts in %d.%d s; failed requests: %d\n' "$rollouts" $((took / 1000)) $((took % 1000 / 100)) "$bad"
printf 'Caddy: configuration %s -> %s, writing admin calls %s -> %s, loads in its log %s -> %s\n' \
  "$hash" "$(config_hash)" "$writes" "$(admin_writes)" "$loads" "$(log_loads)"
[ "$hash" = "$(config_hash)" ] && [ "$writes" = "$(admin_writes)" ] && [ "$loads" = "$(log_loads)" ] &&
  [ "$pid" = "$(cat "$work/caddy/caddy.pid")" ] && alive "$work/caddy/caddy.pid" ||
  die "Caddy was reloaded during the rollouts"
[ "$bad" -eq 0 ] || die "$bad requests failed during the rollouts"
