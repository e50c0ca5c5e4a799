#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the package that package_test.sh installs: build/package/mooring.deb.
set -euo pipefail
cd "$(dirname "$0")/../.."
# A folder of its own: whoever works in build/release keeps the options chosen there.
cmake --preset release -B build/package -DMOORING_TESTS=OFF
cmake --build build/package -j "${MOORING_JOBS:-$(nproc)}"
rm -f build/package/*.deb
(cd build/package && cpack -G DEB)
mv build/package/mooring_*.deb build/package/mooring.deb
