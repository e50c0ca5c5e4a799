// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/window_gate.h"

#include <algorithm>

#include "controller/resource/reasons.h"

namespace mooring {
namespace {

/// When nobody can say when the windows open, and against a clock that is set.
constexpr Duration kLongestWait = std::chrono::hours(1);

std::string DigestOf(const Resource* desired) {
  return desired == nullptr ? "" : desired->spec_digest;
}

/// A step of this very spec was on its way when the daemon went down.
bool IsUnderWay(const ResourceStatus& status, const Resource* desired) {
  const Condition* ready = status.Find(condition::kReady);
  if (desired == nullptr || ready == nullptr) return false;
  const bool moving = ready->reason == reason::kProgressing || ready->reason == reason::kRollingOut;
  return moving && status.observed_spec_digest == desired->spec_digest;
}

}  // namespace

std::optional<Waiting> WindowGate::Check(const ResourceKey& key, const Resource* desired,
                                         const DesiredSet& set, const ResourceStatus& before) {
  const std::string digest = DigestOf(desired);
  const bool passes = HasPass(key, digest);
  if (desired != nullptr && digest == before.last_applied_digest) return std::nullopt;
  if (passes || IsUnderWay(before, desired)) return std::nullopt;
  return WaitFor(key, set);
}

std::optional<Waiting> WindowGate::CheckRotation(const ResourceKey& key, const Resource* desired,
                                                 const DesiredSet& set) {
  if (HasPass(key, DigestOf(desired))) return std::nullopt;
  return WaitFor(key, set);
}

std::optional<Waiting> WindowGate::WaitFor(const ResourceKey& key, const DesiredSet& set) const {
  const Time now = clock_.Now();
  const auto closed = SyncWindows::For(key, set).ClosedAt(now);
  if (!closed) return std::nullopt;
  const Duration wait = closed->until ? Duration(*closed->until - now) : kLongestWait;
  return Waiting{reason::kOutsideSyncWindow, closed->Of(key), std::min(wait, kLongestWait)};
}

bool WindowGate::HasPass(const ResourceKey& key, const std::string& digest) {
  return passes_.With([&](auto& passes) {
    const auto found = passes.find(key);
    if (found == passes.end()) return false;
    if (!found->second.digest) found->second.digest = digest;
    if (*found->second.digest == digest) return true;
    passes.erase(found);  // it was for another spec
    return false;
  });
}

Result<std::optional<SyncWindows::Closed>> WindowGate::MayOverride(const ResourceKey& key,
                                                                   const DesiredSet& set) const {
  const auto closed = SyncWindows::For(key, set).ClosedAt(clock_.Now());
  if (!closed || closed->manual) return closed;
  return std::unexpected(
      Error(ErrorCode::kFailedPrecondition,
            closed->Of(key) + ", and one of them has manual: false; wait, or change it in Git")
          .WithReason(reason::kOutsideSyncWindow));
}

void WindowGate::LetThrough(const ResourceKey& key) {
  passes_.With([&](auto& passes) { passes.insert_or_assign(key, Pass()); });
}

void WindowGate::Ended(const ResourceKey& key, const Resource* desired,
                       const ReconcileOutcome& outcome, bool began) {
  passes_.With([&](auto& passes) {
    const auto found = passes.find(key);
    if (std::holds_alternative<Done>(outcome)) {
      if (found != passes.end()) passes.erase(found);
      return;
    }
    if (began) {
      passes.insert_or_assign(key, Pass{DigestOf(desired), true});
    } else if (found != passes.end() && !found->second.began &&
               std::holds_alternative<Stalled>(outcome)) {
      passes.erase(found);
    }
  });
}

}  // namespace mooring
