// SPDX-License-Identifier: Apache-2.0
// One YAML document -> one resource. Pure; thread-safe.
#pragma once

#include <optional>
#include <set>

#include "controller/manifest/environment.h"
#include "controller/manifest/findings.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/yaml_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

/// Which document it is.
struct Identity {
  bool ours = false;               ///< has apiVersion or kind
  const Kind* kind = nullptr;      ///< nullptr: a finding
  std::optional<ResourceKey> key;  ///< if it says who it is
};

/// `findings` gets what is wrong with apiVersion and kind; a namespace where none belongs is one,
/// too, and taken out.
Identity Identify(Node& document, Findings& findings);

struct ReadDocument {
  bool ours = false;
  std::optional<ResourceKey> key;  ///< also of a document with findings
  ResourcePtr resource;            ///< nullptr when there are findings
  /// Something in it is defined on other hosts only: what can be said of it, and the findings that
  /// this is where the resource is placed here.
  ResourcePtr outline;
  Diagnostics undefined;
  std::set<std::string, std::less<>> lookups;  ///< the variables that it asked for
};

/// Takes the tree apart, as the host of `environment` has it. `findings` gets what is wrong.
/// `text` is the whole file's; a Secret that SOPS encrypted keeps it.
ReadDocument ReadResource(Node document, const SharedText& text, const Environment& environment,
                          Findings& findings);

}  // namespace mooring::manifest
