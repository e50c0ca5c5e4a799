#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests made from the API's own description, right ones and wrong ones, against a running daemon:
# every answer must be one that the description knows.
#   tests/full.d/50-schemathesis.sh [options of schemathesis run]
# SCHEMATHESIS_EXAMPLES (60) for each operation; MOORING_BIN: a mooring that is built already.
set -euo pipefail
VERSION=4.32.5
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
cache=${MOORING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mooring}
venv=$cache/schemathesis-$VERSION
work=$(mktemp -d "${TMPDIR:-/tmp}/mooring-schemathesis.XXXXXX")
daemon=
cleanup() {
  trap - EXIT INT TERM
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -x "$venv/bin/schemathesis" ]; then
  mkdir -p "$cache"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$VERSION"
fi
binary=${MOORING_BIN:+$(realpath "$MOORING_BIN")}
if [ -z "$binary" ]; then
  cmake --preset dev >"$work/build.log"
  cmake --build --preset dev --target mooring >>"$work/build.log" || { tail "$work/build.log" >&2; exit 1; }
  binary=$root/build/dev/bin/mooring
fi

# A repository with one App; nothing of the host is touched.
git init -q --initial-branch=main "$work/fleet"
cat >"$work/fleet/shop.yaml" <<'SPEC'
apiVersion: mooring.dev/v1alpha1
kind: App
metadata: {name: shop}
spec:
  services:
    web: {image: nginx}
SPEC
git -C "$work/fleet" add shop.yaml
git -C "$work/fleet" -c user.name=Test -c user.email=test@localhost commit -q -m "Add shop"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/mooring.yaml" <<CONFIG
host: {name: schemathesis}
sources: [{name: fleet, url: $work/fleet}]
docker: {enabled: false}
caddy: {enabled: false}
secrets: {sealKeyFile: $work/keys/seal}
store: {path: $work/store}
http: {listen: ["unix:$work/mooring.sock", "127.0.0.1:$port"]}
log: {level: warn}
CONFIG
chmod 600 "$work/mooring.yaml"
"$binary" run --config "$work/mooring.yaml" >"$work/mooring.log" 2>&1 &
daemon=$!
for _ in $(seq 100); do
  ! "$binary" --config "$work/mooring.yaml" get app shop >/dev/null 2>&1 || break
  sleep 0.2
done
token=$(cat "$work/keys/cli-token")  # the host's own: without a rate limit

# Whether specs are valid is more than a schema of the request can say: they are refused with 400.
cat >"$work/schemathesis.toml" <<'TOML'
[[operations]]
include-name = "POST /api/v1/plan"
checks.positive_data_acceptance.enabled = false
TOML
# Streams do not end, and so cannot be asked like this; tests/unit/controller/http has them.
status=0
cd "$work"  # it leaves a folder of its own where it runs
"$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "http://127.0.0.1:$port/api/v1/openapi.json" \
  --url "http://127.0.0.1:$port" -H "Authorization: Bearer $token" \
  --exclude-path-regex '/stream$' --checks all --max-examples "${SCHEMATHESIS_EXAMPLES:-60}" \
  --request-timeout 20 --seed 1 --no-color "$@" || status=$?
if ! kill -0 "$daemon" 2>/dev/null; then
  echo "the daemon ended meanwhile:" >&2
  tail -n 20 "$work/mooring.log" >&2
  exit 1
fi
exit "$status"
