#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A daemon that is left no peace: containers killed, stopped, removed, renamed and changed by hand,
# Caddy and the hosts file edited, Apps changed, added and removed by commits. At the end everything
# is as in Git, and memory and open files are where they were. Exit 1 else.
#   SOAK_MINUTES=60 SOAK_SEED=7 tests/full.d/30-soak.sh     (10 minutes; the seed is printed)
set -euo pipefail
INSTANCE=mooring-soak
. "$(dirname "$0")/../bench/lib.sh"
. tests/bench/fleet.sh

minutes=${SOAK_MINUTES:-10}
apps=${SOAK_APPS:-12}
HTTP_PORT=${HTTP_PORT:-8092} HTTPS_PORT=${HTTPS_PORT:-8455}
RANDOM=${SOAK_SEED:=$$}
[ -z "$(ss -Hltn "sport = :$HTTP_PORT or sport = :$HTTPS_PORT")" ] ||
  die "something listens on port $HTTP_PORT or $HTTPS_PORT; choose others: HTTP_PORT=9092 HTTPS_PORT=9455 $0"

any_container() {
  engine GET /containers/json -G --data-urlencode all=1 \
    --data-urlencode "filters={\"label\":[\"mooring.dev/instance=$INSTANCE\"]}" |
    jq -r '.[].Id' | shuf -n 1 --random-source=<(yes "$RANDOM")
}
# By hand, and it does not matter whether it works: the container may be on its way out.
by_hand() { engine "$@" >/dev/null 2>&1 || true; }
json_by_hand() { by_hand POST "$1" -H 'Content-Type: application/json' -d "$2"; }

disturb() {
  local id number
  id=$(any_container) number=$((RANDOM % apps))
  case $((RANDOM % 13)) in
    0 | 1) by_hand POST "/containers/$id/kill" ;;
    2) by_hand POST "/containers/$id/stop?t=1" ;;
    3) by_hand POST "/containers/$id/pause" ;;
    4) by_hand DELETE "/containers/$id?force=1" ;;
    5) by_hand POST "/containers/$id/rename?name=renamed-$RANDOM" ;;
    6) json_by_hand "/containers/$id/update" '{"Memory": 134217728, "MemorySwap": 268435456}' ;;
    7) json_by_hand "/networks/default_app-$number/disconnect" "{\"Container\": \"$id\", \"Force\": true}" ;;
    8) sed "/app-$number/d" "$work/hosts" >"$work/hosts.edited" && cat "$work/hosts.edited" >"$work/hosts" ;;
    9) caddy_admin "$work/caddy" DELETE /config/apps/http/servers >/dev/null 2>&1 || true ;;
    10 | 11) app "$number" "hello $RANDOM" && commit "Change app-$number" ;;
    12)
      if [ -f "$work/fleet/apps/app-$number.yaml" ]; then
        rm "$work/fleet/apps/app-$number.yaml"
        commit "Remove app-$number"
      else
        app "$number" "back again" && commit "Add app-$number"
      fi
      ;;
  esac
}

sample() { printf '%s %s %s\n' "$SECONDS" "$(daemon_memory)" "$(daemon_fds)" >>"$work/samples"; }
# The largest of a column in some lines.
largest() { awk -v column="$1" '$column > max {max = $column} END {print max + 0}'; }

release_build mooring
start_own_engine
tests/support/images/build.sh "$IMAGE"
ensure_caddy "$work/caddy" "$HTTP_PORT" "$HTTPS_PORT"
write_config "docker: {socket: $ENGINE_SOCKET, addressPool: 10.217.0.0/16, hostsFile: $work/hosts}" \
  "caddy: {admin: unix/$work/caddy/admin/caddy.sock, httpListen: [\":$HTTP_PORT\"], httpsListen: [\":$HTTPS_PORT\"]}" \
  "loop: {maxBackoff: 30s}"
echo "127.0.0.1 localhost" >"$work/hosts"
make_fleet
mkdir "$work/fleet/apps"
for ((i = 0; i < apps; i++)); do app "$i" hello; done
commit "$apps Apps"
start_daemon
wait_daemon 300 "everything is ready" converged

echo "seed $SOAK_SEED, $minutes minutes"
end=$((SECONDS + minutes * 60)) next_sample=0 acts=0
while [ "$SECONDS" -lt "$end" ]; do
  alive "$work/mooring.pid" || give_up "the daemon ended"
  disturb
  acts=$((acts + 1))
  if [ "$SECONDS" -ge "$next_sample" ]; then
    sample
    next_sample=$((SECONDS + 10))
  fi
  sleep "0.$((RANDOM % 9 + 1))"
done
started=$SECONDS
if ! wait_until 180 converged; then
  diff <(wanted_containers) <(running_containers) >&2 || true
  cat "$work/plan" >&2
  give_up "not converged 180 s after the last act"
fi
sample

quarter=$(($(wc -l <"$work/samples") / 4 + 1))
first=$(head -n $((2 * quarter)) "$work/samples" | tail -n "$quarter") last=$(tail -n "$quarter" "$work/samples")
printf '%d acts; converged %d s after the last\n' "$acts" $((SECONDS - started))
printf 'memory: at most %d KiB in the second quarter, %d in the last; open files: %d, %d\n' \
  "$(largest 2 <<<"$first")" "$(largest 2 <<<"$last")" "$(largest 3 <<<"$first")" "$(largest 3 <<<"$last")"
[ "$(largest 2 <<<"$last")" -le $(($(largest 2 <<<"$first") * 11 / 10 + 1024)) ] || die "memory grows"
[ "$(largest 3 <<<"$last")" -le $(($(largest 3 <<<"$first") + 8)) ] || die "open files grow"
