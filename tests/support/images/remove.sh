#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Removes the images that build.sh made, and the containers made of them.
#   tests/support/images/remove.sh [NAME:TAG ...]     (all)
set -euo pipefail
. "$(dirname "$0")/../../../.ci/lib.sh"

if [ $# -gt 0 ]; then
  for image in "$@"; do engine DELETE "/images/$image?force=1" >/dev/null || true; done
  exit 0
fi
# shellcheck disable=SC2046  # ids have no spaces
remove_containers $(engine_ids containers mooring-test)
for id in $(engine_ids images mooring-test); do engine DELETE "/images/$id?force=1" >/dev/null || true; done
