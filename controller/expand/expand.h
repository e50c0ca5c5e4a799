// SPDX-License-Identifier: Apache-2.0
// What only the whole set shows: references that lead nowhere, two owners of one host name or port,
// what a Site implies for an App. Pure but for the memory of its last answer, which gives unchanged
// resources the same pointer again. Not thread-safe; whoever loads owns one.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/manifest/loader.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// In `derived` of every resource of a suspended namespace: "Namespace/team-blue".
inline constexpr char kSuspendedBy[] = "suspendedBy";

struct Expanded {
  std::vector<ResourcePtr> resources;
  /// Explicit (`dependsOn`) and implied (Site -> App); sorted, each once, all of them exist.
  std::map<ResourceKey, std::vector<ResourceKey>> depends_on;
  Diagnostics diagnostics;  ///< those of the load and these, sorted
};

class Expander {
 public:
  Expanded Expand(manifest::LoadResult loaded);

 private:
  struct Memo {
    ResourcePtr input;
    ResourcePtr output;
  };
  using Memory = std::unordered_map<const Resource*, Memo>;  ///< by input
  ResourcePtr WithDerived(const ResourcePtr& resource, Json derived, Memory& memory) const;

  Memory memory_;
};

/// Once, without a memory.
Expanded Expand(manifest::LoadResult loaded);

}  // namespace mooring::expand
