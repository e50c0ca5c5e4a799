#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing on a Debian 12, and nothing else; silent when nothing is.
#   .ci/deps.sh [build] [engine] [test] [tools]     (the first three)
# build: compiler, tools, libraries. engine: a Docker engine unless one answers, Caddy, what the test
# images are made of. test: test libraries, Prometheus, load generator, formatter, linter. tools: what
# .ci/tools.sh needs.
# No packaged service is started or enabled by it.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config git curl ca-certificates
  libyaml-cpp-dev nlohmann-json3-dev libgit2-dev libssh2-1-dev librocksdb-dev prometheus-cpp-dev libspdlog-dev
  libfmt-dev libarchive-dev libcurl4-openssl-dev libmicrohttpd-dev libvalijson-dev libcli11-dev
  libhowardhinnant-date-dev libsodium-dev libssl-dev tzdata zlib1g-dev dpkg-dev file
)
ENGINE_PACKAGES=(curl ca-certificates git jq iptables iproute2 procps busybox-static)
TEST_PACKAGES=(
  libgtest-dev libgmock-dev librapidcheck-dev prometheus wrk clang-format-19 clang-tidy-19
  clang-19 libclang-rt-19-dev
  git jq iproute2 procps util-linux binutils openssh-server openssh-client gpg gpg-agent gpgconf gpgv age lighttpd lighttpd-mod-openssl openssl mmdebstrap faketime docker-registry
)

installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]; }

# A policy-rc.d that answers 101 keeps packages from starting their services; the one that was there
# comes back afterwards.
POLICY=/usr/sbin/policy-rc.d
forbid_services() {
  trap allow_services EXIT
  [ ! -e "$POLICY" ] || as_root mv "$POLICY" "$POLICY.before-mooring"
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}
allow_services() {
  as_root rm -f "$POLICY"
  [ ! -e "$POLICY.before-mooring" ] || as_root mv "$POLICY.before-mooring" "$POLICY"
  trap - EXIT
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install --no-install-recommends \
    "$@" </dev/null
}

# install_missing PACKAGE...: one apt transaction; the lists are only updated when they are too old
# to serve it.
install_missing() {
  local package missing=() log
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing: ${missing[*]}"
  log=$(mktemp)
  forbid_services
  if ! apt_install "${missing[@]}" >"$log" 2>&1; then
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update </dev/null >"$log" 2>&1 || {
      cat "$log" >&2
      die "apt-get update failed: the package sources of this machine cannot be read"
    }
    apt_install "${missing[@]}" >"$log" 2>&1 || {
      cat "$log" >&2
      die "apt-get could not install: ${missing[*]}"
    }
  fi
  # Nor at the next boot: this is what `systemctl disable` does, also where systemd is not.
  for package in "${missing[@]}"; do
    case $package in
      docker.io) as_root rm -f /etc/systemd/system/*.wants/{docker.service,docker.socket,containerd.service} ;;
      caddy | prometheus | docker-registry) as_root rm -f /etc/systemd/system/*.wants/"$package.service" ;;
    esac
  done
  allow_services
  rm -f "$log"
}

install_engine() {
  install_missing "${ENGINE_PACKAGES[@]}"
  local packages=()
  command -v dockerd >/dev/null || engine_answers || packages+=(docker.io)
  command -v caddy >/dev/null || packages+=(caddy)
  install_missing "${packages[@]}"
}

install_tools() {
  local packages=(ca-certificates jq util-linux gcc libc6-dev pkg-config libseccomp-dev)
  command -v go >/dev/null || packages+=(golang-go)
  install_missing "${packages[@]}"
}

[ $# -gt 0 ] || set -- build engine test
for group in "$@"; do
  case $group in
    build) install_missing "${BUILD_PACKAGES[@]}" ;;
    engine) install_engine ;;
    test) install_missing "${TEST_PACKAGES[@]}" ;;
    tools) install_tools ;;
    *) die "unknown group '$group'; known: build engine test tools" ;;
  esac
done
