#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One kill of the daemon in each of many rollouts, at the first request that changes the engine, before
# it and after it, then at the second, and so on to the last; StartFirst and Recreate, two replicas.
# Each time it gets there with nothing twice and nothing left over, and StartFirst loses no request:
# exit 1 else. Many minutes.
#   tests/full.d/65-every-step.sh     BUILD (build/dev), ENGINE_SOCKET
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/lib.sh
test_binary=${BUILD:-build/dev}/bin/mooring_e2e
[ -x "$test_binary" ] || die "$test_binary is not there: cmake --preset dev && cmake --build --preset dev"
"$test_binary" --gtest_also_run_disabled_tests --gtest_filter=EveryStep.DISABLED_OneKillInEachRollout
