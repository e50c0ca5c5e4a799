// SPDX-License-Identifier: Apache-2.0
// One YAML document -> one resource. Pure; thread-safe.
#pragma once

#include <optional>

#include "controller/manifest/findings.h"
#include "controller/manifest/yaml_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

struct ReadDocument {
  bool ours = false;               ///< has apiVersion or kind
  std::optional<ResourceKey> key;  ///< also of a document with findings, if it says who it is
  ResourcePtr resource;            ///< nullptr when there are findings
};

/// Takes the tree apart. `findings` gets what is wrong.
ReadDocument ReadResource(Node document, Findings& findings);

}  // namespace mooring::manifest
