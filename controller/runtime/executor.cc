// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/executor.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/status/status_writer.h"

namespace mooring {
namespace {

/// Of a step that was begun for one commit and not seen to its end before the next one came.
constexpr char kNotSeen[] = "; it was begun, and whether it was done was not seen";

const char* EventReason(const Change& change) {
  if (change.drift) return reason::kDriftCorrected;
  switch (change.action) {
    case Action::kCreate:
      return reason::kCreated;
    case Action::kReplace:
      return reason::kReplaced;
    case Action::kRestart:
      return reason::kRestarted;
    case Action::kAdopt:
      return reason::kAdopted;
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

/// "container/default_shop_web_1" of one whose id is the engine's.
std::string KindAndName(const InventoryEntry& entry) {
  return entry.id.substr(0, entry.id.find('/') + 1) + entry.name;
}

enum class Seen { kDone, kNotDone, kUnclear };

/// What a newer look at the host says about a step that nobody saw the end of.
Seen Judge(const Intent::Step& step, const ResourcePlan& plan, const std::string& revision) {
  const bool still_differs = std::ranges::any_of(plan.changes, [&](const Change& change) {
    return change.object == step.object && Describe(change) == step.event.message;
  });
  if (still_differs) return Seen::kNotDone;
  const bool same_revision = step.event.revision == revision;
  const bool exists = std::ranges::any_of(plan.inventory, [&](const InventoryEntry& entry) {
    return entry.id == step.object || KindAndName(entry) == step.object;
  });
  if (step.creates) return exists || same_revision ? Seen::kDone : Seen::kNotDone;
  if (step.deletes) return exists ? Seen::kNotDone : Seen::kDone;
  // Another spec asks for something else; what it found may be the work of this step or not.
  return same_revision ? Seen::kDone : Seen::kUnclear;
}

/// An error after which the host may have done what was asked.
bool IsEffectUnknown(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnavailable:
    case ErrorCode::kAborted:
    case ErrorCode::kCancelled:
      return true;
    default:
      return false;
  }
}

void Append(std::vector<Intent::Step>& to, const std::vector<Intent::Step>& steps) {
  to.insert(to.end(), steps.begin(), steps.end());
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

Intent::Step Executor::StepOf(const ResourceKey& key, const Change& change,
                              const RunContext& run) const {
  Intent::Step step{.object = change.object,
                    .creates = change.action == Action::kCreate,
                    .deletes = change.action == Action::kDelete};
  if (change.drift) step.corrected = static_cast<int>(std::max<size_t>(1, change.diffs.size()));
  step.event = events_.Make(Severity::kInfo, key, EventReason(change), Describe(change),
                            run.revision, run.cause);
  return step;
}

/// What is about to be done is known before it is done, and what is about to be created is in the
/// inventory, so that a crash in between leaves nothing that nobody owns or tells of.
Status Executor::WriteIntent(const ResourceKey& key, const std::vector<Intent::Step>& steps,
                             const std::string& revision, RunLog& log) {
  Intent intent = log.told;
  Append(intent.steps, log.unfinished.steps);
  Append(intent.steps, steps);
  MOORING_RETURN_IF_ERROR(statuses_.RecordIntent(key, intent, revision));
  log.stored = true;
  return {};
}

void Executor::Tell(Intent::Step step, RunLog& log, Executed& result) {
  step.event.time = step.event.first = clock_.Now();
  ++result.changes;
  result.corrected += step.corrected;
  log_.With("resource", step.event.key.ToString())
      .With("object", step.object)
      .With("reconcile_id", step.event.correlation)
      .With("reason", step.event.reason)
      .With("change", step.event.message)
      .Info(step.corrected > 0 ? "drift corrected" : "change applied");
  log.events.push_back(step.event);
  log.told.steps.push_back(std::move(step));
}

Executed Executor::Settle(const ResourcePlan& plan, const RunContext& run, RunLog& log) {
  Executed result;
  if (!std::exchange(log.recalled, true)) {
    // One that cannot be read is as good as none: what is on the host counts.
    log.unfinished = statuses_.Unfinished(plan.key).value_or(Intent());
    log.stored = !log.unfinished.steps.empty();
  }
  for (Intent::Step& step : std::exchange(log.unfinished.steps, {})) {
    const Seen seen = Judge(step, plan, run.revision);
    if (seen == Seen::kNotDone) continue;
    // One that a run told, and died before it was stored, says so already.
    if (seen == Seen::kUnclear && !step.event.message.ends_with(kNotSeen))
      step.event.message += kNotSeen;
    Tell(std::move(step), log, result);
  }
  return result;
}

void Executor::Note(Intent::Step step, const Result<Applied>& applied, RunLog& log,
                    Executed& result) {
  if (!applied) {
    if (IsEffectUnknown(applied.error())) log.unfinished.steps.push_back(std::move(step));
    if (!result.error) result.error = applied.error();
  } else if (*applied == Applied::kPending) {
    result.pending = true;
    log.unfinished.steps.push_back(std::move(step));
  } else {
    Tell(std::move(step), log, result);
  }
}

Executed Executor::Execute(const ResourcePlan& plan, const RunContext& run, RunLog& log,
                           std::stop_token stop) {
  Executed result;
  const auto applier = appliers_.find(plan.key.kind);
  if (applier == appliers_.end()) {
    result.error = Error(ErrorCode::kFailedPrecondition, "no reconciler is on for " + plan.key.kind)
                       .WithReason(reason::kReconcilerDisabled);
    return result;
  }
  std::vector<const Change*> changes;
  std::vector<Intent::Step> steps;
  for (const Change& change : plan.changes) {
    if (!change.after.empty()) continue;
    changes.push_back(&change);
    steps.push_back(StepOf(plan.key, change, run));
  }
  if (const Status intent = WriteIntent(plan.key, steps, run.revision, log); !intent) {
    result.error = intent.error().WithContext("write the intent to the store");
    return result;
  }
  const std::span<const Change* const> all(changes);
  for (size_t done = 0; done < all.size() && !result.error;) {
    for (const auto& applied : applier->second->ApplySome(plan.key, all.subspan(done), stop))
      Note(std::move(steps[done++]), applied, log, result);
  }
  return result;
}

}  // namespace mooring
