// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_memory.h"

namespace mooring {
namespace {

/// The state in which a resource is nearly always: its spec has been applied and stands.
bool IsSettled(const Resource* desired, const std::string& last_applied_digest) {
  return desired != nullptr && !last_applied_digest.empty() &&
         last_applied_digest == desired->spec_digest;
}

bool IsAtRest(const ResourcePlan& plan) {
  return plan.healthy && !plan.HasChanges() && !plan.wait && !plan.blocked && plan.drift.empty() &&
         plan.finished_runs.empty();
}

}  // namespace

std::optional<ResourcePlan> PlanMemory::Find(const ResourceKey& key, const Resource* desired,
                                             const std::string& last_applied_digest,
                                             uint64_t version, Time now) const {
  if (version == 0 || !IsSettled(desired, last_applied_digest)) return std::nullopt;
  return plans_.With([&](const auto& plans) -> std::optional<ResourcePlan> {
    const auto found = plans.find(key);
    const bool same = found != plans.end() && found->second.version == version &&
                      found->second.spec_digest == desired->spec_digest;
    if (!same || (found->second.plan.due && *found->second.plan.due <= now)) return std::nullopt;
    return found->second.plan;
  });
}

void PlanMemory::Put(const ResourceKey& key, const Resource* desired,
                     const std::string& last_applied_digest, uint64_t version,
                     const ResourcePlan& plan) {
  const bool kept = version != 0 && IsSettled(desired, last_applied_digest) && IsAtRest(plan);
  plans_.With([&](auto& plans) {
    if (kept) {
      plans.insert_or_assign(key, Entry{desired->spec_digest, version, plan});
    } else {
      plans.erase(key);
    }
  });
}

}  // namespace mooring
