// SPDX-License-Identifier: Apache-2.0
// What only the whole set shows: what of it is on this host, references that lead nowhere, two
// owners of one host name or port, what a Site implies for an App. Pure but for the memory of its
// last answer, which gives unchanged resources the same pointer again. Not thread-safe; whoever
// loads owns one.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/expand/not_placed.h"
#include "controller/manifest/loader.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// In `derived` of every resource of a suspended namespace: "Namespace/team-blue".
inline constexpr char kSuspendedBy[] = "suspendedBy";

struct Expanded {
  std::vector<ResourcePtr> resources;  ///< those that are on this host
  std::vector<NotPlaced> not_placed;   ///< the others, sorted by key
  bool described = false;              ///< this host has a Host document
  /// Explicit (`dependsOn`) and implied (Site -> App); sorted, each once, all of them exist.
  std::map<ResourceKey, std::vector<ResourceKey>> depends_on;
  Diagnostics diagnostics;  ///< those of the load and these, sorted
};

class Expander {
 public:
  /// `host` is the name of this host; empty: of none, and everything is on it.
  explicit Expander(std::string host = "") : host_(std::move(host)) {}
  Expanded Expand(manifest::LoadResult loaded);

 private:
  struct Memo {
    ResourcePtr input;
    ResourcePtr output;
  };
  using Memory = std::unordered_map<const Resource*, Memo>;  ///< by input
  /// Leaves in `loaded` what is on this host.
  void Place(manifest::LoadResult& loaded, Expanded& result) const;
  ResourcePtr WithDerived(const ResourcePtr& resource, Json derived, Memory& memory) const;

  const std::string host_;
  Memory memory_;
};

/// Once, without a memory.
Expanded Expand(manifest::LoadResult loaded, std::string host = "");

}  // namespace mooring::expand
