// SPDX-License-Identifier: Apache-2.0
#include "controller/status/next_status.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/status/conditions.h"

namespace mooring {
namespace {

/// Between the cause and what was known before, in messages about a host that cannot be read.
constexpr std::string_view kLastSeen = "; last seen: ";
constexpr size_t kDriftInMessage = 3;

const Error* ErrorOf(const ReconcileOutcome& outcome) {
  if (const auto* retry = std::get_if<Retry>(&outcome)) return &retry->error;
  if (const auto* stalled = std::get_if<Stalled>(&outcome)) return &stalled->error;
  return nullptr;
}

bool IsUnread(const RunReport& report) {
  const Error* error = ErrorOf(report.outcome);
  return error != nullptr && error->reason() == reason::kObservationFailed;
}

/// Whether what was known of the resource is about the spec that it has now.
bool IsAppliedSpec(const ResourceStatus& previous, const RunReport& report) {
  return report.desired != nullptr && !previous.last_applied_digest.empty() &&
         report.desired->spec_digest == previous.last_applied_digest;
}

/// Whether the plan is the one before the changes that were then done, not a look at their result.
bool PrecedesChanges(const RunReport& report) {
  return report.plan != nullptr && report.changes > 0 && report.plan->HasChanges();
}

/// Whether something of the plan may be on the host, or gone from it, that the plan did not see.
bool MayHaveActed(const RunReport& report) {
  const bool unfinished = report.unfinished && !report.unfinished->steps.empty();
  return PrecedesChanges(report) ||
         (unfinished && report.plan != nullptr && report.plan->HasChanges());
}

// --- conditions ---------------------------------------------------------------------------------

struct Verdict {
  ConditionStatus ready = ConditionStatus::kFalse;
  std::string reason;
  std::string message;
  bool reconciling = false;
  bool stalled = false;
};

Verdict OfError(const Error& error, bool stalled) {
  const std::string why = error.reason().empty() ? reason::kApplyFailed : error.reason();
  return {ConditionStatus::kFalse, why, error.ToString(), !stalled, stalled};
}

/// The message without what an earlier unread run put in front of it.
std::string_view Known(const Condition& condition) {
  const std::string_view message = condition.message;
  const size_t at = message.find(kLastSeen);
  const bool wrapped = condition.reason == reason::kObservationFailed && at != message.npos;
  return wrapped ? message.substr(at + kLastSeen.size()) : message;
}

std::string WithLastSeen(const Error& error, const Condition* before) {
  if (before == nullptr || before->status == ConditionStatus::kUnknown) return error.ToString();
  return error.ToString() + std::string(kLastSeen) + std::string(Known(*before));
}

/// The host could not be read. What was known of an unchanged spec stands, and the message says
/// that it may be old; about a new spec nothing is known.
Verdict OfUnread(const Error& error, bool stalled, const Condition* ready, bool applied_spec) {
  Verdict verdict{ConditionStatus::kUnknown, reason::kObservationFailed, WithLastSeen(error, ready),
                  !stalled, stalled};
  if (stalled || !applied_spec || ready == nullptr) return verdict;
  verdict.ready = ready->status;
  if (verdict.ready == ConditionStatus::kTrue) verdict.reconciling = false;
  return verdict;
}

Verdict OfDone(const ResourcePlan* plan) {
  if (plan == nullptr) return {ConditionStatus::kTrue, reason::kSucceeded, "as the spec says"};
  const std::string message =
      plan->health_message.empty() ? "as the spec says" : plan->health_message;
  if (plan->healthy) return {ConditionStatus::kTrue, reason::kSucceeded, message};
  return {ConditionStatus::kFalse, reason::kProgressing, message};
}

/// Suspended and nothing held back: it is as good as its health, but says that nobody looks after
/// it.
Verdict OfWaiting(const Waiting& waiting, const ResourcePlan* plan) {
  const bool suspended = waiting.reason == reason::kSuspended;
  const bool good = suspended && plan != nullptr && plan->healthy && !plan->HasChanges();
  return {good ? ConditionStatus::kTrue : ConditionStatus::kFalse, waiting.reason, waiting.message,
          !suspended};
}

Verdict Judge(const RunReport& report, const ResourceStatus& previous) {
  const bool stalled = std::holds_alternative<Stalled>(report.outcome);
  if (IsUnread(report)) {
    return OfUnread(*ErrorOf(report.outcome), stalled, previous.Find(condition::kReady),
                    IsAppliedSpec(previous, report));
  }
  if (const Error* error = ErrorOf(report.outcome)) return OfError(*error, stalled);
  if (const auto* waiting = std::get_if<Waiting>(&report.outcome)) {
    return OfWaiting(*waiting, report.plan);
  }
  return OfDone(report.plan);
}

void AddHealthy(ConditionBuilder& conditions, const RunReport& report, const Verdict& verdict) {
  const Condition* before = conditions.Previous(condition::kHealthy);
  if (IsUnread(report)) {
    const auto status = before == nullptr ? ConditionStatus::kUnknown : before->status;
    conditions.Add(condition::kHealthy, status, reason::kObservationFailed,
                   WithLastSeen(*ErrorOf(report.outcome), before));
  } else if (report.plan == nullptr && !std::holds_alternative<Done>(report.outcome)) {
    if (before != nullptr) {
      conditions.Add(condition::kHealthy, before->status, before->reason, before->message);
    } else {
      conditions.Add(condition::kHealthy, ConditionStatus::kUnknown, reason::kProgressing,
                     "not looked at yet");
    }
  } else if (report.plan == nullptr || report.plan->healthy) {
    conditions.Add(condition::kHealthy, ConditionStatus::kTrue, reason::kSucceeded,
                   report.plan == nullptr ? "nothing to check" : report.plan->health_message);
  } else {
    const bool done = std::holds_alternative<Done>(report.outcome);
    conditions.Add(condition::kHealthy, ConditionStatus::kFalse,
                   done ? reason::kProgressing : verdict.reason, report.plan->health_message);
  }
}

std::string DriftMessage(const std::vector<DriftEntry>& drift) {
  std::vector<std::string> paths;
  for (const DriftEntry& entry : drift) {
    if (!entry.corrected) paths.push_back(entry.path);
  }
  const size_t shown = std::min(paths.size(), kDriftInMessage);
  std::string text =
      Count(paths.size(), "difference") + " from what was applied: " +
      Join({paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(shown)}, ", ");
  if (paths.size() > shown) text += " and " + std::to_string(paths.size() - shown) + " more";
  return text;
}

std::vector<Condition> Conditions(const ResourceStatus& previous, const RunReport& report,
                                  const std::vector<DriftEntry>& drift, Time now) {
  ConditionBuilder conditions(previous.conditions, report.revision, now);
  const Verdict verdict = Judge(report, previous);
  conditions.Add(condition::kReady, verdict.ready, verdict.reason, verdict.message);
  AddHealthy(conditions, report, verdict);
  if (verdict.reconciling) {
    conditions.Add(condition::kReconciling, ConditionStatus::kTrue, verdict.reason,
                   verdict.message);
  }
  if (verdict.stalled) {
    conditions.Add(condition::kStalled, ConditionStatus::kTrue, verdict.reason, verdict.message);
  }
  if (std::ranges::any_of(drift, [](const DriftEntry& entry) { return !entry.corrected; })) {
    conditions.Add(condition::kDrifted, ConditionStatus::kTrue, reason::kDriftFound,
                   DriftMessage(drift));
  }
  return conditions.Take();
}

// --- lists --------------------------------------------------------------------------------------

bool SameDrift(const DriftEntry& a, const DriftEntry& b) {
  return a.path == b.path && a.desired == b.desired && a.actual == b.actual;
}

/// What stands now comes first, then what was corrected within the last day, newest first.
std::vector<DriftEntry> Drift(const ResourceStatus& previous, const RunReport& report, Time now) {
  if (report.plan == nullptr) return previous.drift;
  std::vector<DriftEntry> seen = report.drift_seen;
  std::vector<DriftEntry> standing = report.plan->drift;
  const bool corrects = std::ranges::any_of(report.plan->changes, &Change::drift);
  if (PrecedesChanges(report) && corrects) {
    seen.insert(seen.end(), standing.begin(), standing.end());
    standing.clear();
  }

  std::vector<DriftEntry> drift;
  for (DriftEntry& entry : standing) {
    const auto before = std::ranges::find_if(previous.drift, [&](const DriftEntry& old) {
      return !old.corrected && SameDrift(old, entry);
    });
    entry.since = before == previous.drift.end() ? now : before->since;
    entry.corrected.reset();
    drift.push_back(std::move(entry));
  }
  const auto add_corrected = [&](DriftEntry entry) {
    const bool known = std::ranges::any_of(drift, [&](const DriftEntry& other) {
      const bool stands = !other.corrected && entry.corrected == now;
      return SameDrift(other, entry) && (stands || other.corrected == entry.corrected);
    });
    if (!known && drift.size() < kMaxDrift && now - *entry.corrected < kKeepCorrectedDrift)
      drift.push_back(std::move(entry));
  };
  for (DriftEntry entry : previous.drift) {
    if (entry.corrected) continue;
    entry.corrected = now;
    add_corrected(std::move(entry));
  }
  for (DriftEntry& entry : seen) {
    entry.since = report.started;
    entry.corrected = now;
    add_corrected(std::move(entry));
  }
  for (const DriftEntry& entry : previous.drift) {
    if (entry.corrected) add_corrected(entry);
  }
  return drift;
}

std::vector<InventoryEntry> Inventory(const ResourceStatus& previous, const RunReport& report,
                                      Time now) {
  if (report.plan == nullptr) return previous.inventory;
  std::vector<InventoryEntry> inventory = report.plan->inventory;
  for (InventoryEntry& entry : inventory) {
    const auto before = std::ranges::find(previous.inventory, entry.id, &InventoryEntry::id);
    entry.since = before == previous.inventory.end() ? now : before->since;
  }
  if (!MayHaveActed(report)) return inventory;
  for (const InventoryEntry& entry : previous.inventory) {  // absence was not observed yet
    if (std::ranges::find(inventory, entry.id, &InventoryEntry::id) == inventory.end()) {
      inventory.push_back(entry);
    }
  }
  return inventory;
}

/// One entry per attempt: runs of one revision go on in the newest entry until it is Done or
/// Stalled.
std::vector<HistoryEntry> History(const ResourceStatus& previous, const RunReport& report,
                                  Time now) {
  std::vector<HistoryEntry> history = previous.history;
  const std::string outcome(OutcomeName(report.outcome));
  const bool goes_on = !history.empty() && history.front().revision == report.revision &&
                       (history.front().outcome == "Waiting" || history.front().outcome == "Retry");
  if (goes_on) {
    HistoryEntry& newest = history.front();
    newest.duration = std::max<Duration>(now - newest.started, newest.duration);
    newest.changes += report.changes;
    newest.outcome = outcome;
    return history;
  }
  history.insert(history.begin(), {report.revision, report.trigger, report.started, report.duration,
                                   report.changes, outcome});
  if (history.size() > kMaxHistory) history.resize(kMaxHistory);
  return history;
}

/// Whoever asked for a run waits for a trace of it, also where there was nothing to do.
bool AskedFor(const RunReport& report) { return report.trigger == "human"; }

/// Whether a person who reads the history would miss the run.
bool BelongsInHistory(const ResourceStatus& previous, const ResourceStatus& next,
                      const RunReport& report) {
  if (report.changes > 0 || previous.history.empty() || AskedFor(report)) return true;
  if (previous.observed_spec_digest != next.observed_spec_digest) return true;
  const std::string& newest = previous.history.front().outcome;
  return newest != OutcomeName(report.outcome) || newest != "Done";
}

/// Whether the run neither did nor learnt anything: all but what each run has of its own is as
/// before.
bool IsNoOp(const ResourceStatus& previous, ResourceStatus next, const RunReport& report) {
  if (report.changes > 0 || AskedFor(report)) return false;
  next.source_revision = previous.source_revision;
  next.last_attempted_revision = previous.last_attempted_revision;
  next.last_applied_revision = previous.last_applied_revision;
  next.history = previous.history;
  next.next_run = previous.next_run;
  for (Condition& condition : next.conditions) {
    if (const Condition* before = previous.Find(condition.type)) {
      condition.revision = before->revision;
    }
  }
  return next == previous;
}

}  // namespace

std::optional<ResourceStatus> NextStatus(const ResourceStatus* previous, const RunReport& report,
                                         Time now) {
  if (std::holds_alternative<Interrupted>(report.outcome)) {
    return previous == nullptr ? std::nullopt : std::optional(*previous);
  }
  const bool done = std::holds_alternative<Done>(report.outcome);
  if (done && report.desired == nullptr) return std::nullopt;

  ResourceStatus before = previous == nullptr ? ResourceStatus() : *previous;
  ResourceStatus next = before;
  next.key = report.key;
  next.last_attempted_revision = report.revision;
  if (report.desired != nullptr) {
    next.source_name = report.source;
    next.source_file = report.desired->source.file;
    next.source_line = report.desired->source.line;
    next.source_revision = report.revision;
    next.observed_spec_digest = report.desired->spec_digest;
    // Until the new spec is on the host, what the old one used is in use as well.
    std::set<std::string> uses;
    if (!done) uses.insert(before.depends_on.begin(), before.depends_on.end());
    for (const ResourceKey& key : report.depends_on) uses.insert(key.ToString());
    next.depends_on.assign(uses.begin(), uses.end());
    if (done) {
      next.last_applied_revision = report.revision;
      next.last_applied_digest = report.desired->spec_digest;
    }
  }
  next.inventory = Inventory(before, report, now);
  next.drift = Drift(before, report, now);
  next.conditions = Conditions(before, report, next.drift, now);
  if (report.plan != nullptr) next.details = report.plan->details;
  next.next_run = report.next_run;
  next.held_by = report.held_by;
  next.confirm = report.confirm;
  if (previous != nullptr && IsNoOp(*previous, next, report)) return *previous;
  if (BelongsInHistory(before, next, report)) next.history = History(before, report, now);
  return next;
}

ResourceStatus WithIntent(const ResourceStatus* previous, const ResourceKey& key,
                          const std::vector<InventoryEntry>& created, std::string_view revision,
                          Time now) {
  ResourceStatus next = previous == nullptr ? ResourceStatus() : *previous;
  next.key = key;
  for (InventoryEntry entry : created) {
    if (std::ranges::find(next.inventory, entry.id, &InventoryEntry::id) != next.inventory.end()) {
      continue;
    }
    entry.since = now;
    next.inventory.push_back(std::move(entry));
  }
  if (previous != nullptr) return next;
  ConditionBuilder conditions(next.conditions, std::string(revision), now);
  conditions.Add(condition::kReady, ConditionStatus::kUnknown, reason::kProgressing,
                 "being created");
  conditions.Add(condition::kHealthy, ConditionStatus::kUnknown, reason::kProgressing,
                 "not looked at yet");
  conditions.Add(condition::kReconciling, ConditionStatus::kTrue, reason::kProgressing,
                 "being created");
  next.conditions = conditions.Take();
  next.last_attempted_revision = revision;
  return next;
}

ResourceStatus WithProgress(const ResourceStatus* previous, const ResourceKey& key,
                            std::string_view text, std::string_view revision, Time now) {
  ResourceStatus next = previous == nullptr ? ResourceStatus() : *previous;
  next.key = key;
  ConditionBuilder conditions(next.conditions, std::string(revision), now);
  conditions.Add(condition::kReady, ConditionStatus::kFalse, reason::kProgressing, text);
  const Condition* healthy = conditions.Previous(condition::kHealthy);
  if (healthy == nullptr) {
    conditions.Add(condition::kHealthy, ConditionStatus::kUnknown, reason::kProgressing,
                   "not looked at yet");
  } else {
    conditions.Add(healthy->type, healthy->status, healthy->reason, healthy->message);
  }
  conditions.Add(condition::kReconciling, ConditionStatus::kTrue, reason::kProgressing, text);
  if (const Condition* drifted = conditions.Previous(condition::kDrifted)) {
    conditions.Add(drifted->type, drifted->status, drifted->reason, drifted->message);
  }
  next.conditions = conditions.Take();
  next.last_attempted_revision = revision;
  return next;
}

}  // namespace mooring
