// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/applied_specs.h"

#include <algorithm>

namespace mooring::cli {
namespace {

/// A set of 10,000 specs takes tens of megabytes.
constexpr size_t kMaxKept = 2;
constexpr Duration kUnused = std::chrono::hours(1);
constexpr Duration kTryAgain = std::chrono::minutes(1);

}  // namespace

ResourcePtr AppliedSpecs::Find(const ResourceStatus& status, std::stop_token stop) {
  if (status.last_applied_revision.empty()) return nullptr;
  std::scoped_lock lock(mutex_);  // whoever wants the same waits until it is read
  const DesiredSet* set = At(status.source_name, status.last_applied_revision, stop);
  if (set == nullptr) return nullptr;
  const auto found = set->resources().find(status.key);
  const bool same =
      found != set->resources().end() && found->second->spec_digest == status.last_applied_digest;
  return same ? found->second : nullptr;
}

const DesiredSet* AppliedSpecs::At(const std::string& source, const std::string& revision,
                                   std::stop_token stop) {
  const SteadyTime now = clock_.Steady();
  auto found = std::ranges::find_if(
      kept_, [&](const Kept& kept) { return kept.source == source && kept.revision == revision; });
  if (found != kept_.end() && (found->set || now - found->read < kTryAgain)) {
    found->used = now;
    std::rotate(found, found + 1, kept_.end());
    return kept_.back().set.get();
  }
  if (found != kept_.end()) kept_.erase(found);
  auto set = load_(source, revision, stop);
  if (stop.stop_requested()) return nullptr;
  if (!set) {
    log_.With("source", source)
        .With("revision", revision)
        .With("error", set.error().ToString())
        .Warn(
            "what was applied cannot be read again; its drift stands until the newer spec is "
            "applied");
  }
  if (kept_.size() >= kMaxKept) kept_.erase(kept_.begin());
  kept_.push_back({source, revision, set ? *set : nullptr, now, now});
  return kept_.back().set.get();
}

void AppliedSpecs::DropUnused() {
  std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_.Steady();
  std::erase_if(kept_, [&](const Kept& kept) { return now - kept.used > kUnused; });
}

}  // namespace mooring::cli
