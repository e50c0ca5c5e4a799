#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the product's sources, those that differ from the main branch first, until the time
# is over. A file that was clean stays so until it, a header that it names or .clang-tidy changes.
#   .ci/tidy.sh [SECONDS]     (420)   needs a configured and built build/dev
set -euo pipefail
cd "$(dirname "$0")/.."
export deadline=$(($(date +%s) + ${1:-420})) clean=build/tidy
mkdir -p "$clean"

git() { command git -c safe.directory='*' "$@"; }
sources() { git ls-files --cached --others --exclude-standard controller reconcilers agent | grep '\.cc$'; }
changed() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=HEAD
  git diff --name-only "$base"
  git ls-files --others --exclude-standard
}

# The name of the stamp of a file: a digest of what its result depends on.
stamp_of() {
  local own
  own=$(sed -n 's/^ *# *include "\(.*\)"/\1/p' "$1")
  # shellcheck disable=SC2086  # a list
  echo "$clean/$(cat .clang-tidy "$1" $own 2>/dev/null | sha256sum | cut -c1-32)"
}

check() {
  local stamp report
  stamp=$(stamp_of "$1")
  [ ! -e "$stamp" ] || return 0
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "$1" >>"$clean/left"
    return 0
  fi
  # GCC's precompiled headers mean nothing to clang; it reads the headers themselves.
  if report=$(clang-tidy-19 -p build/dev --quiet --extra-arg=-Wno-ignored-gch \
    --extra-arg=-Wno-deprecated-declarations "$1" 2>/dev/null); then
    touch "$stamp"
  else
    printf '%s\n' "$report"
    return 1
  fi
}
export -f check stamp_of

rm -f "$clean/left"
failed=0
{ changed | grep -Fxf <(sources) || true; sources; } | awk '!seen[$0]++' |
  xargs -r -P "$(nproc)" -I{} bash -c 'check {}' || failed=1
[ ! -s "$clean/left" ] || echo "clang-tidy: no time left for $(wc -l <"$clean/left") files"
exit $failed
