// SPDX-License-Identifier: Apache-2.0
// What one host takes of a source: the variables of its Host document and the overlays of its
// environment. Values; whoever loads makes them anew for each tree.
#pragma once

#include <string>
#include <unordered_map>

#include "controller/base/error.h"
#include "controller/manifest/limits.h"
#include "controller/manifest/overlay.h"
#include "controller/manifest/variables.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

struct Environment {
  std::string name;  ///< "production"; empty: none
  Variables variables;
  /// By key; they belong to whoever parsed them.
  std::unordered_map<ResourceKey, const Overlay*> overlays;

  const Overlay* OverlayOf(const ResourceKey& key) const;
  /// Differs when something that an undefined variable's finding says differs.
  std::string Description() const;
};

/// What is known before any Host is read: nothing is defined, and nothing missing.
Environment UnknownEnvironment();

/// That of the Host `host`, described by `document`, or by none. `broken`: there is one, with
/// findings. What is wrong with the vars file goes to `diagnostics`. Fails when the tree cannot be
/// read.
Result<Environment> ReadEnvironment(const FileTree& tree, const std::string& host,
                                    const Resource* document, bool broken,
                                    const std::string& revision, const Limits& limits,
                                    Diagnostics& diagnostics);

}  // namespace mooring::manifest
