// SPDX-License-Identifier: Apache-2.0
// The schemas of the kinds, of the daemon's own file and of .mooring/policy.yaml, as embedded into
// the binary at build time. Constant data; thread-safe.
#pragma once

#include <span>
#include <string_view>

namespace mooring {

struct Crd {
  std::string_view file;  ///< "app.yaml"
  std::string_view text;
};

/// common.yaml first, then those of the kinds; a kind may have several, which are read as one.
std::span<const Crd> Crds();
/// config.yaml: the daemon's own file.
const Crd& ConfigCrd();
/// policy.yaml: .mooring/policy.yaml of a source.
const Crd& PolicyCrd();

}  // namespace mooring
