#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mooring on this machine in a minute: a commit starts an app, another one rolls it, and what is broken
# by hand comes back.
#   examples/quickstart.sh [--once]     --once: clean up and exit at the end instead of staying
# HTTP_PORT (8081) and HTTPS_PORT (8444) may be set when something else listens there.
# Everything it makes has a temporary folder, an instance name and an address pool of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. .ci/lib.sh

once=
case ${1:-} in
  '') ;;
  --once) once=1 ;;
  *) die "unknown argument '$1'; known: --once" ;;
esac

INSTANCE=mooring-quickstart
HTTP_PORT=${HTTP_PORT:-8081} HTTPS_PORT=${HTTPS_PORT:-8444}
# An installed Mooring plays, too; else one is built.
BINARY=/usr/bin/mooring
[ -x "$BINARY" ] || BINARY=$root/build/release/bin/mooring
URL=http://hello.localhost:$HTTP_PORT/
IMAGE=mooring-quickstart/hello
work=$(mktemp -d "${TMPDIR:-/tmp}/mooring-quickstart.XXXXXX")
number=0
visitor=   # pid of the one who keeps asking for the page

# --- what the reader sees ---
now() { date +%s%N; }
elapsed() { awk -v since="$1" -v now="$(now)" 'BEGIN {printf "%.1f s", (now - since) / 1e9}'; }
step() {
  number=$((number + 1))
  printf '\n%d. %s\n' "$number" "$1"
}
detail() { printf '   %s\n' "$*"; }
indent() { sed 's/^/   /'; }
mooring() { "$BINARY" --config "$work/mooring.yaml" "$@"; }

fail() {
  say "error: $1"
  if [ -s "$work/mooring.log" ]; then
    say "the last lines of the daemon's log:"
    tail -n 30 "$work/mooring.log" >&2
  fi
  exit 1
}

cleanup() {
  trap - EXIT INT TERM
  set +e
  [ -z "$visitor" ] || kill "$visitor" 2>/dev/null
  printf '\nCleaning up.\n'
  stop_pid "$work/mooring.pid" 15
  stop_caddy "$work/caddy"
  if engine_answers; then
    remove_instance "$INSTANCE"
    tests/support/images/remove.sh "$IMAGE:1" "$IMAGE:2" 2>/dev/null || true
  fi
  restore_hosts "$work/hosts"
  stop_all
  as_root rm -rf "$work"
}

# --- the parts ---
page() { curl -s --max-time 2 --noproxy '*' -H "Host: hello.localhost:$HTTP_PORT" "http://127.0.0.1:$HTTP_PORT/"; }
page_says() { [ "$(page)" = "$1" ]; }
daemon_runs() { alive "$work/mooring.pid"; }
# Asks for the page again and again and notes each answer's status.
visit() {
  while :; do
    curl -s -o /dev/null --max-time 5 --noproxy '*' -w '%{http_code}\n' -H "Host: hello.localhost" \
      "http://127.0.0.1:$HTTP_PORT/" || true
    sleep 0.02
  done
}
# wait_for WHAT COMMAND...: at most 90 s, as long as the daemon lives.
wait_for() {
  local what=$1 deadline=$((SECONDS + 90))
  shift
  until "$@"; do
    daemon_runs || fail "the daemon ended while waiting until $what"
    [ "$SECONDS" -lt "$deadline" ] || fail "waited 90 s and it is not so that $what; the page says: $(page || echo nothing)"
    sleep 0.05
  done
}

# Two Caddys of one user share a port without an error, and each gets half of the requests.
need_free_ports() {
  local port
  for port in "$HTTP_PORT" "$HTTPS_PORT"; do
    [ -z "$(ss -Hltn "sport = :$port")" ] ||
      fail "something listens on port $port already; choose others: HTTP_PORT=9081 HTTPS_PORT=9444 $0"
  done
}

prepare() {
  [ "$BINARY" = /usr/bin/mooring ] || .ci/deps.sh build
  .ci/deps.sh engine
  need_free_ports
  [ "$BINARY" = /usr/bin/mooring ] || build
  ensure_engine
  # A run that was killed may have left something.
  remove_instance "$INSTANCE"
  tests/support/images/build.sh "$IMAGE:1" "$IMAGE:2"
  ensure_caddy "$work/caddy" "$HTTP_PORT" "$HTTPS_PORT"
}
build() {
  cmake --preset release -DMOORING_TESTS=OFF >"$work/build.log" 2>&1 &&
    cmake --build --preset release -j "$(nproc)" >>"$work/build.log" 2>&1 || {
    tail -n 40 "$work/build.log" >&2
    fail "the release build failed; the end of its output is above"
  }
}

write_config() {
  cat >"$work/mooring.yaml" <<CONFIG
host:
  name: $INSTANCE
sources:
  - name: fleet
    url: $work/fleet.git
    pollInterval: 1s
docker:
  socket: $ENGINE_SOCKET
  addressPool: 10.213.0.0/16
caddy:
  admin: unix/$work/caddy/admin/caddy.sock
  httpListen: [":$HTTP_PORT"]
  httpsListen: [":$HTTPS_PORT"]
secrets:
  sealKeyFile: $work/keys/seal
store:
  path: $work/store
http:
  listen: ["unix:$work/mooring.sock"]
CONFIG
  chmod 600 "$work/mooring.yaml"
}

fleet_git() { git -C "$work/fleet" "$@"; }
commit() {  # message
  fleet_git add -A
  fleet_git commit -q -m "$1"
  fleet_git push -q -u origin main
  detail "git commit -m \"$1\"   ($(fleet_git rev-parse --short HEAD))"
}
make_fleet() {
  git init -q --bare --initial-branch=main "$work/fleet.git"
  git init -q --initial-branch=main "$work/fleet"
  fleet_git config user.name Quickstart
  fleet_git config user.email quickstart@localhost
  fleet_git remote add origin "$work/fleet.git"
  cp -r examples/quickstart/. "$work/fleet/"
}

start_daemon() {
  setsid "$BINARY" run --config "$work/mooring.yaml" >>"$work/mooring.log" 2>&1 </dev/null &
  echo $! >"$work/mooring.pid"
}

# The running containers of this instance, newest first.
containers() {
  engine GET /containers/json -G --data-urlencode 'filters={"label":["mooring.dev/instance='"$INSTANCE"'"]}' |
    jq -r '.[].Id[:12]'
}
only_one_runs() { [ "$(containers | wc -l)" -eq 1 ]; }
runs_again() { only_one_runs && page_says "$1"; }
servers() { caddy_admin "$work/caddy" GET /config/apps/http/servers | jq -S .; }
servers_are() { [ "$(servers 2>/dev/null)" = "$1" ]; }

# --- the play ---
umask 022
chmod 711 "$work"
cp /etc/hosts "$work/hosts"
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo "Preparing: packages, release build, engine, two images, a Caddy of its own, a Git repository."
started=$(now)
prepare
make_fleet
write_config
detail "ready after $(elapsed "$started"); all of it is in $work"

step "A commit starts an app and its site"
commit "Say hello"
started=$(now)
start_daemon
wait_for "the page says version 1" page_says "Ahoy from version 1"
detail "after $(elapsed "$started"):  curl $URL"
page | indent
mooring get | indent

step "Another commit rolls it to a new image, without a gap"
sed -i -e "s|$IMAGE:1|$IMAGE:2|" -e 's|GREETING: .*|GREETING: Land ho|' "$work/fleet/apps/hello.yaml"
visit >"$work/visits" &
visitor=$!
commit "Version 2 greets otherwise"
started=$(now)
wait_for "the page says version 2" page_says "Land ho from version 2"
detail "after $(elapsed "$started"):  curl $URL"
page | indent
wait_for "the old container is gone" only_one_runs
kill "$visitor" && visitor=
detail "done after $(elapsed "$started"); $(wc -l <"$work/visits") requests meanwhile, $(grep -cv '^200$' "$work/visits" || true) failed"

step "A container that is killed by hand comes back"
victim=$(containers)
started=$(now)
engine POST "/containers/$victim/kill" >/dev/null
detail "docker kill $victim"
wait_for "the app runs and answers again" runs_again "Land ho from version 2"
detail "answers again after $(elapsed "$started"), in container $(containers)"

step "A route that is edited by hand in Caddy comes back"
before=$(servers)
edited=$(jq '.[] |= (.routes = [{handle: [{handler: "static_response", body: "edited by hand\n"}]}])' <<<"$before")
started=$(now)
caddy_admin "$work/caddy" POST /config/apps/http/servers -H 'Content-Type: application/json' -d "$edited" >/dev/null
detail "curl -X POST .../config/apps/http/servers   (every request now answers \"edited by hand\")"
wait_for "Caddy has its routes again" servers_are "$before"
wait_for "the page says version 2" page_says "Land ho from version 2"
detail "as in Git again after $(elapsed "$started")"

step "What Mooring says about it"
detail "mooring get"
mooring get | indent
detail "mooring events"
mooring events | indent

if [ -z "$once" ]; then
  cat <<EOT

Your turn, in another terminal (as root):
   curl $URL
   cd $work/fleet && \$EDITOR apps/hello.yaml && git commit -am "mine" && git push
   $BINARY --config $work/mooring.yaml get
   tail -f $work/mooring.log
Ctrl-C ends it and cleans up.
EOT
  while daemon_runs; do sleep 1; done
  fail "the daemon ended"
fi
