#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds tools of .ci/versions, each once for a machine, and prints the folder of each one's programs.
#   .ci/tools.sh NAME...     into ${MOORING_CACHE:-~/.cache/mooring}/NAME/VERSION/bin
# Modules come from where Go is configured to get them. A tool is built in its own module, so its own
# go.sum decides what it is made of. Two runs at once are safe: one builds, the other waits.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/lib.sh

cache=${MOORING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mooring}

# pinned NAME: its line of .ci/versions, into the variables.
pinned() {
  read -r _ module version sum packages tags version_variable \
    < <(grep -E "^$1 " .ci/versions) || die "no tool '$1' in .ci/versions"
}

# source_of NAME: the folder with its module, checked against the pinned sum.
source_of() {
  local answer found
  answer=$("$go" mod download -json "$module@$version") ||
    die "cannot get $module@$version: $(jq -r '.Error // "no reason given"' <<<"$answer" 2>/dev/null)"
  found=$(jq -r .Sum <<<"$answer")
  [ "$found" = "$sum" ] ||
    die "$module@$version is not what .ci/versions pins: its sum is $found instead of $sum"
  jq -r .Dir <<<"$answer"
}

# The installed Go where it is new enough, else the pinned one, which the installed one only fetches:
# Debian's cannot switch to another by itself. Sets `go`.
find_go() {
  local wanted have
  pinned go
  wanted=${version#*-go} wanted=${wanted%%.linux*}
  .ci/deps.sh tools >&2
  go=$(command -v go)
  have=$("$go" env GOVERSION)
  if [ "$(printf '%s\n' "${have#go}" "$wanted" | sort -V | head -n 1)" != "$wanted" ]; then
    go=$(install go)/go
    unset GOROOT
  fi
}

# A toolchain comes as a module, which can hold neither executables nor other modules.
unpack_go() {  # into
  local source
  source=$(source_of)
  cp -r "$source/." "$1"
  chmod -R u+w "$1"
  find "$1" -name _go.mod -execdir mv _go.mod go.mod \;
  chmod -R a+x "$1/bin" "$1/pkg/tool"
}

build() {  # name into
  local source package flags='' cgo=0
  source=$(source_of)
  [ "$version_variable" = - ] || flags="-X $module$version_variable=$version"
  [ "$tags" != - ] || tags=
  [[ ,$tags, != *,cgo,* ]] || cgo=1
  cp -r "$source" "$2/source"
  chmod -R u+w "$2"
  mkdir "$2/bin"
  for package in ${packages//,/ }; do
    (cd "$2/source" && nice env CGO_ENABLED=$cgo GOTOOLCHAIN=local GOWORK=off GOBIN="$2/bin" "$go" install \
      -p "${MOORING_JOBS:-$(nproc)}" -mod=readonly -trimpath -buildvcs=false -tags "$tags" \
      -ldflags "-s -w $flags" "./$package") || die "$module@$version does not build"
  done
  rm -rf "$2/source"
}

# install NAME: prints the folder of its programs.
install() (
  pinned "$1"
  local into=$cache/$1/$version work
  if [ ! -d "$into" ]; then
    mkdir -p "$cache/$1"
    exec 9>"$cache/$1/lock"
    flock 9
  fi
  if [ ! -d "$into" ]; then
    say "building $1 $version"
    work=$(mktemp -d "$cache/$1/new.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if [ "$1" = go ]; then unpack_go "$work"; else build "$1" "$work"; fi
    chmod 755 "$work"
    mv -T "$work" "$into"
  fi
  echo "$into/bin"
)

[ $# -gt 0 ] || die "which tools? .ci/versions has: $(awk '!/^#/ {print $1}' .ci/versions | xargs)"
go=
for name in "$@"; do
  pinned "$name"
  [ -n "$go" ] || [ -d "$cache/$name/$version" ] || find_go
  install "$name"
done
