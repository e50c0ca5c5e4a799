#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract and end-to-end suites on each engine with each Caddy: those of Debian, and the current
# ones of .ci/versions, which are built once for this machine. Exit 1 when one of the four fails.
#   tests/full.d/40-engines.sh [debian|current [debian|current]]     (engine, Caddy; all)
set -euo pipefail
INSTANCE=mooring-engines
. "$(dirname "$0")/../bench/lib.sh"

# bin_of debian|current TOOL: the folder of its program.
bin_of() {
  case $1 in
    debian) dirname "$(PATH=/usr/bin:/usr/sbin command -v "$2" || die "$2 is not installed: run .ci/deps.sh engine")" ;;
    current) .ci/tools.sh "$2" ;;
    *) die "unknown '$1'; known: debian current" ;;
  esac
}

suite() {  # name, ctest options
  local log=$work/$1.log took=$SECONDS
  shift
  ctest --test-dir build/dev --output-on-failure --no-tests=error "$@" >"$log" 2>&1 || {
    tail -n 60 "$log"
    return 1
  }
  printf '%s in %d s, ' "$(grep 'tests passed' "$log")" $((SECONDS - took))
  printf '%d skipped\n' "$(grep -c 'Skipped' "$log" || true)"
}

if [ $# -lt 2 ]; then
  failed=
  for engine in ${1:-debian current}; do
    for caddy in debian current; do
      "$0" "$engine" "$caddy" || failed+=" $engine/$caddy"
    done
  done
  [ -z "$failed" ] || die "failed (engine/Caddy):$failed"
  exit
fi

cmake --preset dev >"$work/build.log" 2>&1 &&
  cmake --build --preset dev -j "${MOORING_JOBS:-$(nproc)}" --target docker_contract_test caddy_contract_test mooring_e2e \
    >>"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" && die "the build failed"; }
MOORING_ENGINE_PATH=$(bin_of "$1" dockerd):$(bin_of "$1" containerd):$(bin_of "$1" runc)
MOORING_CADDY=$(bin_of "$2" caddy)/caddy
export MOORING_ENGINE_PATH MOORING_CADDY
PATH=$MOORING_ENGINE_PATH:$PATH
start_own_engine
version=$(engine GET /version | jq -r '"\(.Version) (API \(.ApiVersion))"')
printf '\nengine %s, Caddy %s\n' "$version" "$("$MOORING_CADDY" version | cut -d' ' -f1)"
tests/support/images/build.sh
suite contract -L contract -R 'Docker|Caddy'
suite e2e -L e2e
