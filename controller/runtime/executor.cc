// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/executor.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/status/status_writer.h"

namespace mooring {
namespace {

const char* EventReason(const Change& change) {
  if (change.drift) return reason::kDriftCorrected;
  switch (change.action) {
    case Action::kCreate:
      return reason::kCreated;
    case Action::kReplace:
      return reason::kReplaced;
    case Action::kRestart:
      return reason::kRestarted;
    case Action::kDelete:
      return reason::kDeleted;
    case Action::kUpdate:
    case Action::kNone:
      return reason::kUpdated;
  }
  return reason::kUpdated;
}

std::string Describe(const Change& change) {
  std::string text =
      change.reason.empty() ? change.object : fmt::format("{}: {}", change.object, change.reason);
  std::vector<std::string> fields;
  fields.reserve(change.diffs.size());
  for (const FieldDiff& diff : change.diffs) {
    fields.push_back(diff.secret
                         ? diff.path + " (secret, changed)"
                         : fmt::format("{} {} -> {}", diff.path, diff.actual, diff.desired));
  }
  if (!fields.empty()) text += " (" + Join(fields, "; ") + ")";
  return text;
}

}  // namespace

bool HasWork(const ResourcePlan& plan) {
  return std::any_of(plan.changes.begin(), plan.changes.end(),
                     [](const Change& c) { return c.after.empty(); });
}

Executor::Executor(std::map<std::string, Applier*> appliers, StatusWriter& statuses,
                   EventRecorder& events, Clock& clock, Log log)
    : appliers_(std::move(appliers)),
      statuses_(statuses),
      events_(events),
      clock_(clock),
      log_(std::move(log)) {}

/// What is about to be created is in the inventory before it exists, so that a crash in between
/// leaves nothing that nobody owns.
Status Executor::WriteIntent(const ResourcePlan& plan, const std::string& revision) {
  std::vector<InventoryEntry> created;
  for (const Change& change : plan.changes) {
    if (!change.after.empty() || change.action != Action::kCreate) continue;
    created.push_back(
        {change.object, change.object.substr(change.object.find('/') + 1), clock_.Now()});
  }
  if (created.empty()) return {};
  return statuses_.RecordIntent(plan.key, created, revision);
}

void Executor::Record(const ResourcePlan& plan, const Change& change, const RunContext& run,
                      Executed& result) {
  ++result.changes;
  if (change.drift) result.corrected += static_cast<int>(std::max<size_t>(1, change.diffs.size()));
  events_.Record(Severity::kInfo, plan.key, EventReason(change), Describe(change), run.revision,
                 run.cause);
  log_.With("resource", plan.key.ToString())
      .With("object", change.object)
      .With("action", ActionName(change.action))
      .With("reconcile_id", run.cause.correlation)
      .With("reason", change.reason)
      .Info(change.drift ? "drift corrected" : "change applied");
}

Executed Executor::Settle(const ResourcePlan& plan, const RunContext& run) {
  Executed result;
  std::vector<Change> waiting = pending_.With([&](auto& pending) {
    const auto found = pending.extract(plan.key);
    return found.empty() ? std::vector<Change>() : std::move(found.mapped());
  });
  for (const Change& change : waiting) {
    const bool still_wanted =
        std::any_of(plan.changes.begin(), plan.changes.end(),
                    [&](const Change& c) { return c.object == change.object; });
    if (!still_wanted) Record(plan, change, run, result);
  }
  return result;
}

Executed Executor::Execute(const ResourcePlan& plan, const RunContext& run, std::stop_token stop) {
  Executed result;
  const auto applier = appliers_.find(plan.key.kind);
  if (applier == appliers_.end()) {
    result.error = Error(ErrorCode::kFailedPrecondition, "no reconciler is on for " + plan.key.kind)
                       .WithReason(reason::kReconcilerDisabled);
    return result;
  }
  if (const Status intent = WriteIntent(plan, run.revision); !intent) {
    result.error = intent.error().WithContext("write the intent to the store");
    return result;
  }
  for (const Change& change : plan.changes) {
    if (!change.after.empty()) continue;
    const auto applied = applier->second->Apply(plan.key, change, stop);
    if (!applied) {
      result.error = applied.error();
      return result;
    }
    if (*applied == Applied::kPending) {
      result.pending = true;
      pending_.With([&](auto& pending) { pending[plan.key].push_back(change); });
      continue;
    }
    Record(plan, change, run, result);
  }
  return result;
}

}  // namespace mooring
