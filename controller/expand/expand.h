// SPDX-License-Identifier: Apache-2.0
// What only the whole set shows: what of it is on this host, references that lead nowhere, two
// owners of one host name or port, what a Site implies for an App. Pure but for the memory of its
// last answer: unchanged resources get the same pointer again, and where no resource says anything
// else to the others than before, only those that changed are looked at. Not thread-safe; whoever
// loads owns one.
#pragma once

#include <map>
#include <optional>
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
/// In `derived` of a Site: the Apps that it points at and that are to be stopped.
inline constexpr char kStoppedBackends[] = "stoppedBackends";

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
  /// The last set that had no findings.
  struct Last {
    std::vector<ResourcePtr> inputs;
    std::vector<ResourcePtr> outputs;  ///< one for each input; null: it is elsewhere
    Expanded result;                   ///< without its resources
  };
  struct Memo {
    ResourcePtr input;
    ResourcePtr output;
  };
  using Memory = std::unordered_map<const Resource*, Memo>;  ///< by input
  /// Leaves in `loaded` what is on this host.
  void Place(manifest::LoadResult& loaded, Expanded& result) const;
  ResourcePtr WithDerived(const ResourcePtr& resource, Json derived, Memory& memory) const;
  std::optional<Expanded> ExpandAsBefore(const manifest::LoadResult& loaded);
  Expanded ExpandAll(manifest::LoadResult loaded);
  void Remember(std::vector<ResourcePtr> inputs, const Expanded& result);

  const std::string host_;
  Memory memory_;
  std::optional<Last> last_;
};

/// Once, without a memory.
Expanded Expand(manifest::LoadResult loaded, std::string host = "");

}  // namespace mooring::expand
