#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One fuzz target: its seeds, what earlier runs found beside them, and new inputs for
# MOORING_FUZZ_SECONDS (20).
#   tests/fuzz/one.sh PROGRAM SEEDS FOUND
# A crash fails it; the input that did it is kept, and its path printed.
set -uo pipefail
program=$1 seeds=$2 found=$3
mkdir -p "$found"
# Without LLVM's own symbolizer, that of binutils names the places.
export ASAN_OPTIONS=detect_stack_use_after_return=1:allow_addr2line=1 UBSAN_OPTIONS=print_stacktrace=1
"$program" -max_total_time="${MOORING_FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
  -print_final_stats=1 -print_funcs=0 -verbosity=0 -artifact_prefix="$found-" "$found" "$seeds"
status=$?
for input in "$found"-*; do
  [ $status -eq 0 ] || [ ! -f "$input" ] || echo "an input that fails: $program $input"
done
exit $status
