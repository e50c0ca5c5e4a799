#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Everything that continuous integration checks, on a bare Debian 12 as root:
#   tests/run.sh            build, all tests with a real engine and Caddy, lint, then the sanitizers
#   tests/run.sh --full     and the long ones in tests/full.d/*.sh
# Ends with ctest's own summaries, a failed one last; exits 0 only when everything passed. Leaves
# nothing behind but build/. MOORING_JOBS: how many at once (the number of cores).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
root=$PWD
exec </dev/null
. .ci/lib.sh

full=
case ${1:-} in
  '') ;;
  --full) full=1 ;;
  *) die "unknown argument '$1'; known: --full" ;;
esac
jobs=${MOORING_JOBS:-$(nproc)}
lib_state
state=$LIB_STATE
failures=()

step() { printf '\n=== %s  (%dm%02ds)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }
failed() {
  failures+=("$1")
  say "FAILED: $1"
}
# For what nothing after it makes sense without.
must() { "$@" || die "failed: $*"; }

# --- leaving nothing behind ---
cleanup() {
  trap - EXIT INT TERM
  if [ -f "$state/containers" ] && engine_answers; then
    local new instances=() instance id
    new=$(engine_ids containers mooring-test | sort | comm -23 - "$state/containers")
    for id in $new; do
      instance=$(engine GET "/containers/$id/json" | jq -r '.Config.Labels["mooring.dev/instance"] // empty')
      [[ -z $instance || " ${instances[*]} " == *" $instance "* ]] || instances+=("$instance")
    done
    # shellcheck disable=SC2086  # ids have no spaces
    remove_containers $new
    for instance in "${instances[@]}"; do remove_instance "$instance"; done
  fi
  restore_hosts "$state/hosts"
  stop_all
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the suites ---
build() {  # preset [target...]
  local preset=$1
  shift
  "${fixed_addresses[@]}" cmake --preset "$preset" >"$state/configure.log" 2>&1 || {
    cat "$state/configure.log"
    return 1
  }
  "${fixed_addresses[@]}" cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"} \
    >"$state/build.log" 2>&1 || {
    grep -E 'error|FAILED|undefined reference' -A 5 "$state/build.log" | head -n 100
    return 1
  }
}

suites=()
run_ctest() {  # preset [ctest options]
  local preset=$1 log=$state/ctest-$1.log
  shift
  "${fixed_addresses[@]}" ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure \
    --no-tests=error --output-junit "$root/build/$preset/junit.xml" "$@" 2>&1 | tee "$log"
  if [ "${PIPESTATUS[0]}" -eq 0 ]; then
    suites=("$log" "${suites[@]}")
  else
    suites+=("$log")
    return 1
  fi
}

# The address space of sanitized programs must not be randomised too far for their shadow memory.
fixed_addresses=()
# Only folders of tests that are there; each folder is a target of its own.
existing() {
  local folder
  for folder in "$@"; do
    [ ! -f "$folder/CMakeLists.txt" ] || echo "$folder/all"
  done
}
sanitize() {  # preset labels target...
  local preset=$1 labels=$2
  shift 2
  [ $# -gt 0 ] || return 0
  step "$preset: build and run"
  if setarch -R true 2>/dev/null; then fixed_addresses=(setarch -R); fi
  build "$preset" "$@" && run_ctest "$preset" -L "$labels" || failed "$preset"
  fixed_addresses=()
}

step "packages"
must .ci/deps.sh build engine test
must .ci/tools.sh sops compose >/dev/null

step "build"
must build dev

step "engine and images"
must ensure_engine
engine_ids containers mooring-test | sort >"$state/containers"
cp /etc/hosts "$state/hosts"
must tests/support/images/build.sh

step "tests"
run_ctest dev -LE 'bench|fuzz' || failed "tests"

step "quickstart in a clean clone"
quickstart() {
  git clone -q "$root" "$state/clone" && HTTP_PORT=18081 HTTPS_PORT=18444 "$state/clone/examples/quickstart.sh" --once
}
quickstart || failed "quickstart"
rm -rf "$state/clone"

step "clang-tidy"
.ci/tidy.sh "${MOORING_TIDY_SECONDS:-150}" || failed "clang-tidy"

export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1
export TSAN_OPTIONS="suppressions=$root/tests/tsan.supp second_deadlock_stack=1"
mapfile -t targets < <(existing tests/unit tests/golden tests/property)
sanitize asan-ubsan '^(unit|golden|property)$' "${targets[@]}"
# Where threads meet; the rest is called from one at a time and gains nothing from a second build.
unit=tests/unit/controller
mapfile -t targets < <(existing $unit/{base,queue,runtime,status,store,web,http} \
  $(grep -rlE 'LABEL concurrent' --include=CMakeLists.txt tests/*/ | xargs -r dirname))
sanitize tsan '^(unit|concurrent)$' "${targets[@]}"

# Seeds, and 20 seconds of new inputs for each target.
step "fuzz: build and run"
if setarch -R true 2>/dev/null; then fixed_addresses=(setarch -R); fi
build fuzz fuzz && run_ctest fuzz || failed "fuzz"
fixed_addresses=()

if [ -n "$full" ]; then
  for script in tests/full.d/*.sh; do
    [ -f "$script" ] || continue
    step "$script"
    "$script" || failed "$script"
  done
fi

# What the failed tests of a suite printed, the last 40 lines of each.
told_by_failed() {  # log
  awk '/^ *[0-9]+\/[0-9]+ Test +#/ || /^ *Start +[0-9]+:/ || /% tests passed/ {
         for (i = (n > 40 ? n - 40 : 0); i < n; ++i) print lines[i]
         n = 0; on = 0
       }
       /^ *[0-9]+\/[0-9]+ Test +#.*\*\*\*/ { print; on = 1; next }
       on { lines[n++] = $0 }' "$1"
}

step "summary"
for log in "${suites[@]}"; do
  name=${log##*/ctest-}
  printf '\n%s:\n' "${name%.log}"
  told_by_failed "$log"
  sed -n '/% tests passed/,$p' "$log"
done
[ ${#failures[@]} -eq 0 ] || die "failed: ${failures[*]}"
