// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/prune_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/plan/prune_judgement.h"

namespace mooring {
namespace {

/// Whether a source was read that was not read before, so that what it lacks is known only now.
bool SameSourcesRead(const DesiredSet& before, const DesiredSet& after) {
  return std::ranges::equal(before.sources(), after.sources(), {}, &SetSource::loaded,
                            &SetSource::loaded);
}

bool AnyAccepted(const PruneState& state) {
  return std::ranges::any_of(state.records,
                             [](const auto& record) { return !record.second.accepted.empty(); });
}

void AddKeys(const PruneState& state, std::set<ResourceKey>& keys) {
  for (const HeldPrune& held : state.held)
    keys.insert(held.resources.begin(), held.resources.end());
}

}  // namespace

std::vector<ResourceKey> PruneGuard::SetDesired(std::shared_ptr<const DesiredSet> desired) {
  const std::scoped_lock lock(mutex_);
  if (!state_) state_ = callbacks_.recall();
  const std::shared_ptr<const DesiredSet> before = std::exchange(desired_, std::move(desired));
  const bool quiet = before && !stale_ && state_->held.empty() && !AnyAccepted(*state_) &&
                     SameSourcesRead(*before, *desired_) &&
                     Diff(before.get(), *desired_).removed.empty();
  stale_ = true;
  return JudgeLocked(quiet ? Known(std::in_place) : KnownLocked(nullptr));
}

std::vector<ResourceKey> PruneGuard::SetOwned(Owned owned) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(owned.keys, [&](const ResourceKey& key) { return gone_.contains(key); });
  gone_.clear();
  std::ranges::sort(owned.keys);
  if (owned_ && *owned_ == owned) return {};
  owned_ = std::move(owned);
  return desired_ ? JudgeLocked(KnownLocked(nullptr)) : std::vector<ResourceKey>();
}

std::vector<ResourceKey> PruneGuard::Gone(const ResourceKey& key) {
  const std::scoped_lock lock(mutex_);
  gone_.insert(key);
  if (owned_) std::erase(owned_->keys, key);
  if (!state_ || !desired_) return {};
  if (FindHeld(*state_, key) != nullptr) {
    std::vector<ResourceKey> changed = JudgeLocked(KnownLocked(nullptr));
    std::erase(changed, key);
    return changed;
  }
  bool erased = false;
  for (auto& [source, record] : state_->records) {
    erased = std::erase(record.accepted, key) > 0 || erased;
  }
  // One write for all that go together.
  if (erased && !AnyAccepted(*state_)) callbacks_.keep(*state_);
  return {};
}

PruneGuard::Answer PruneGuard::Check(const KnownResource& resource, const DesiredSet& desired,
                                     std::vector<ResourceKey>* changed) {
  const std::scoped_lock lock(mutex_);
  if (&desired != desired_.get()) return Outdated{};
  if (resource.source.empty()) {
    if (!owned_) return NotListed{};
    if (!std::ranges::binary_search(owned_->keys, resource.key)) {
      owned_->keys.push_back(resource.key);
      std::ranges::sort(owned_->keys);
    }
    if (!owned_->unread.empty()) {
      return Unlisted{fmt::format(
          "nobody remembers which revision had this, and nothing is removed because of that until "
          "everything that Mooring owns was seen; not read yet: {}",
          Join(owned_->unread, ", "))};
    }
  }
  const bool judged =
      FindHeld(*state_, resource.key) != nullptr || IsAccepted(*state_, resource.key);
  if (stale_ || !judged) *changed = JudgeLocked(KnownLocked(&resource));
  if (stale_) return NotListed{};
  const HeldPrune* held = FindHeld(*state_, resource.key);
  return held == nullptr ? Answer(Free{}) : Answer(*held);
}

/// nullopt: the store cannot be read.
PruneGuard::Known PruneGuard::KnownLocked(const KnownResource* found) const {
  const auto remembered = store_.ListKnown();
  if (!remembered) return std::nullopt;
  std::vector<KnownResource> known;
  known.reserve(remembered->size());
  for (const KnownStatus& status : *remembered) known.push_back({status.key, status.source_name});
  if (found != nullptr) known.push_back(*found);
  if (owned_) {
    for (const ResourceKey& key : owned_->keys) known.push_back({key, ""});
  }
  return known;
}

std::vector<ResourceKey> PruneGuard::JudgeLocked(const Known& known) {
  if (!known) return {};
  PruneState next = JudgePrune({.desired = desired_.get(), .known = *known, .before = &*state_});
  stale_ = false;
  if (next == *state_) return {};
  std::set<ResourceKey> changed;
  if (next.held != state_->held) {
    AddKeys(*state_, changed);
    AddKeys(next, changed);
  }
  state_ = std::move(next);
  callbacks_.keep(*state_);
  return {changed.begin(), changed.end()};
}

}  // namespace mooring
