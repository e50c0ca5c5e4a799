// SPDX-License-Identifier: Apache-2.0
// The last plan of each resource that had nothing to do, so that what did not move is not compared
// again. A plan is given again only for the same spec, applied before, and for a version of the
// host that is known to be the same (Observer::Version); any doubt is a miss. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "controller/base/guarded.h"
#include "controller/reconcile/change.h"
#include "controller/resource/resource.h"

namespace mooring {

class PlanMemory {
 public:
  /// The plan that was put for exactly this; nullopt: it must be made. `version` 0: of an observer
  /// that cannot tell. A plan that is due `now` is none.
  std::optional<ResourcePlan> Find(const ResourceKey& key, const Resource* desired,
                                   const std::string& last_applied_digest, uint64_t version,
                                   Time now) const;
  /// Remembers a plan at rest, and forgets what was remembered of any other. Both ways it is the
  /// planner's own: what a suspension makes of it is not for here.
  void Put(const ResourceKey& key, const Resource* desired, const std::string& last_applied_digest,
           uint64_t version, const ResourcePlan& plan);

 private:
  struct Entry {
    std::string spec_digest;
    uint64_t version = 0;
    ResourcePlan plan;
  };
  Guarded<std::unordered_map<ResourceKey, Entry>> plans_;
};

}  // namespace mooring
