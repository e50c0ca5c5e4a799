// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/gate.h"

#include "controller/base/text.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

/// What is waited for wakes the one that waits; this is for the case that it does not.
constexpr Duration kLookAgain = std::chrono::seconds(30);

}  // namespace

std::optional<ReconcileOutcome> Gate::Check(const ResourceKey& key, const Resource* desired,
                                            const DesiredSet& set,
                                            const std::string& last_applied_digest) const {
  if (desired == nullptr) return WaitForUsers(key, set);
  if (auto refusal = Refusal(*desired)) return refusal;
  // What was applied once stays looked after, whatever its dependencies do.
  if (last_applied_digest == desired->spec_digest) return std::nullopt;
  return WaitForDependency(*desired, set);
}

std::optional<Stalled> Gate::Refusal(const Resource& desired) const {
  std::vector<std::string> findings;
  for (const PolicyFinding& finding : policy_.Check(desired)) {
    if (finding.severity != Severity::kError) continue;
    findings.push_back(
        fmt::format("{}: {} ({})", finding.where.ToString(), finding.message, finding.rule));
  }
  if (findings.empty()) return std::nullopt;
  return Stalled{Error(ErrorCode::kFailedPrecondition, Join(findings, "; "))
                     .WithReason(reason::kPolicyViolation)};
}

std::optional<Waiting> Gate::WaitForDependency(const Resource& desired,
                                               const DesiredSet& set) const {
  for (const ResourceKey& key : set.DependenciesOf(desired.key)) {
    const Resource* dependency = set.Find(key);
    const auto status = store_.GetStatus(key);
    const bool known = status && *status;
    const bool ready = dependency != nullptr && known && (*status)->IsReady() &&
                       (*status)->last_applied_digest == dependency->spec_digest;
    if (ready) continue;
    const Condition* condition = known ? (*status)->Find(condition::kReady) : nullptr;
    const std::string why = dependency == nullptr  ? "it is not in the source"
                            : condition == nullptr ? "not looked at yet"
                            : (*status)->IsReady() ? "its new spec is not applied yet"
                                                   : condition->reason + ": " + condition->message;
    return Waiting{reason::kDependencyNotReady,
                   fmt::format("waits for {} ({})", key.ToString(), why), kLookAgain};
  }
  return std::nullopt;
}

/// Deletes go in reverse order: not before everything that used this is gone.
std::optional<ReconcileOutcome> Gate::WaitForUsers(const ResourceKey& key,
                                                   const DesiredSet& set) const {
  if (const auto blocker = DeleteBlocker(set, key)) {
    return Waiting{blocker->reason, blocker->message, kLookAgain};
  }
  const auto users = store_.UsersOf(key);
  if (!users) return ClassifyError(users.error());
  if (users->empty()) return std::nullopt;
  // One that stays uses this until its new spec is on the host.
  const bool stays = set.Find(users->front()) != nullptr;
  return Waiting{
      reason::kInUse,
      fmt::format("{} {}", stays ? "still used by" : "goes after", users->front().ToString()),
      kLookAgain};
}

}  // namespace mooring
