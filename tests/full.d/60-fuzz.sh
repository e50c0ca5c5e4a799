#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each fuzz target for ten minutes: seeds, what earlier runs found, and new inputs.
#   tests/full.d/60-fuzz.sh        MOORING_FUZZ_SECONDS (600), MOORING_JOBS (the number of cores)
# A crash fails it; the input is kept in build/fuzz/found, and its path printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export MOORING_FUZZ_SECONDS=${MOORING_FUZZ_SECONDS:-600}
jobs=${MOORING_JOBS:-$(nproc)}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset fuzz >"$log" 2>&1 && cmake --build --preset fuzz -j "$jobs" --target fuzz >>"$log" 2>&1 || {
  tail -n 60 "$log" >&2
  exit 1
}
ctest --test-dir build/fuzz -j "$jobs" --output-on-failure --no-tests=error
