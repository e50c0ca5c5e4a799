// SPDX-License-Identifier: Apache-2.0
#include "tests/support/status/status_checker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::testing {
namespace {

/// The reason words of conditions, as docs/reference/conditions.md lists them.
const std::set<std::string>& KnownReasons() {
  static const std::set<std::string> kWords = [] {
    std::set<std::string> words;
    for (const std::string& word :
         Split("Succeeded Progressing DependencyNotReady Suspended InvalidSpec PolicyViolation "
               "ConfirmationRequired BackupRequired OutsideSyncWindow HeldByRollback InUse "
               "NameConflict ReconcilerDisabled ObservationFailed ApplyFailed DriftFound "
               "DriftIgnored "
               "MassDelete Orphaned RollingOut RolledBack HealthTimeout CrashLoop OutOfMemory "
               "ImagePullFailed "
               "BuildFailed JobFailed PortConflict HostConflict BackendNotReady DNSMismatch "
               "CertificatePending CertificateFailed CertificateExpiring CaddyRejected "
               "CaddyUnreachable ListenerLeaked ModuleMissing ProbeFailed Maintenance Starting "
               "RestartRequired SourceUnreachable SourceEmpty HistoryRewritten SignatureInvalid "
               "EngineUnreachable GatewayUnreachable",
               ' ')) {
      words.insert(word);
    }
    return words;
  }();
  return kWords;
}

bool IsTrue(const ResourceStatus& status, const char* type) {
  const Condition* found = status.Find(type);
  return found != nullptr && found->status == ConditionStatus::kTrue;
}

class Problems {
 public:
  Problems(const ResourceStatus& status, Time now) : status_(status), now_(now) {}

  std::vector<std::string> Find() {
    Conditions();
    Lists();
    return std::move(problems_);
  }

 private:
  void Expect(bool good, const std::string& problem) {
    if (!good) problems_.push_back(status_.key.ToString() + ": " + problem);
  }
  bool IsSane(Time time) const { return time > Time() && time <= now_; }

  void Conditions() {
    std::set<std::string> types;
    for (const Condition& c : status_.conditions) {
      Expect(types.insert(c.type).second, c.type + " is there twice");
      Expect(KnownReasons().contains(c.reason), c.type + " has the unknown reason " + c.reason);
      Expect(IsSane(c.last_transition),
             c.type + " has lastTransitionTime " + FormatTime(c.last_transition));
    }
    for (const char* type : {condition::kReady, condition::kHealthy}) {
      Expect(types.contains(type), std::string(type) + " is missing");
    }
    for (const char* type : {condition::kReconciling, condition::kStalled, condition::kDrifted}) {
      Expect(!types.contains(type) || IsTrue(status_, type),
             std::string(type) + " is there and not True");
    }
    const bool stalled = IsTrue(status_, condition::kStalled);
    const bool reconciling = IsTrue(status_, condition::kReconciling);
    Expect(!status_.IsReady() || !stalled, "Ready beside Stalled");
    Expect(!status_.IsReady() || !reconciling, "Ready beside Reconciling");
    Expect(!stalled || !reconciling, "Stalled beside Reconciling");
    if (const Condition* ready = status_.Find(condition::kReady)) {
      Expect(!ready->message.empty(), "Ready has no message");
    }
  }

  void Lists() {
    const bool stands = std::ranges::any_of(
        status_.drift, [](const DriftEntry& entry) { return !entry.corrected.has_value(); });
    Expect(stands == IsTrue(status_, condition::kDrifted), "Drifted and the drift list differ");
    for (const DriftEntry& entry : status_.drift) {
      Expect(IsSane(entry.since), "drift of " + entry.path + " has no sane since");
      Expect(!entry.corrected || (*entry.corrected >= entry.since && *entry.corrected <= now_),
             "drift of " + entry.path + " was corrected at an odd time");
    }
    std::set<std::string> ids;
    for (const InventoryEntry& entry : status_.inventory) {
      Expect(ids.insert(entry.id).second, "the inventory has " + entry.id + " twice");
      Expect(IsSane(entry.since), entry.id + " has no sane since");
    }
    Expect(status_.history.size() <= 10, "the history is too long");
    Expect(std::ranges::is_sorted(status_.history, std::greater<>(), &HistoryEntry::started),
           "the history is not newest first");
    for (const HistoryEntry& entry : status_.history) {
      const auto outcomes = {"Done", "Waiting", "Retry", "Stalled"};
      Expect(std::ranges::find(outcomes, entry.outcome) != outcomes.end(),
             "the history has the outcome " + entry.outcome);
    }
  }

  const ResourceStatus& status_;
  const Time now_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> StatusProblems(const ResourceStatus& status, Time now) {
  return Problems(status, now).Find();
}

void StatusChecker::Check() const {
  const auto statuses = store_.ListStatus();
  ASSERT_TRUE(statuses.has_value()) << statuses.error().ToString();
  for (const ResourceStatus& status : *statuses) {
    for (const std::string& problem : StatusProblems(status, clock_.Now())) {
      ADD_FAILURE() << problem;
    }
  }
}

}  // namespace mooring::testing
