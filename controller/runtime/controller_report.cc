// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind: events, metrics, the status, and others that have waited for it.
#include "controller/base/text.h"
#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/prune_guard.h"
#include "controller/runtime/run.h"
#include "controller/status/event_recorder.h"
#include "controller/status/status_writer.h"

namespace mooring {
namespace {

/// The word that the status shows for it.
std::string ReasonOf(const Error& error) {
  return error.reason().empty() ? reason::kApplyFailed : error.reason();
}

}  // namespace

/// What the host has of it by our marks, and nothing is remembered of: a store was lost.
void Controller::NoteAdoption(Run& run) {
  const bool known = !run.before.inventory.empty() || !run.before.last_applied_digest.empty();
  if (known || run.desired == nullptr || run.plan->inventory.empty()) return;
  std::vector<std::string> found;
  for (const InventoryEntry& entry : run.plan->inventory) {
    found.push_back(entry.id.substr(0, entry.id.find('/') + 1) + entry.name);
  }
  Tell(run, Severity::kInfo, reason::kAdopted,
       "found on the host and not remembered: " + Join(found, ", "));
  // What ended before was told by whoever remembered it.
  for (const FinishedRun& finished : run.plan->finished_runs) run.told_runs.insert(finished.name);
}

/// Tells of each run that ended, once: the status that is stored with it has its end.
void Controller::NoteFinishedRuns(Run& run) {
  for (const FinishedRun& finished : run.plan->finished_runs) {
    if (!run.told_runs.insert(finished.name).second) continue;
    parts_.metrics.JobFinished(run.key.ns, run.key.name, finished.job, finished.outcome);
    if (finished.told_by_plan) continue;
    const bool good = finished.outcome == "Done";
    Tell(run, good ? Severity::kInfo : Severity::kError,
         good ? reason::kJobFinished : reason::kJobFailed, finished.message);
  }
}

/// With the result of the run.
void Controller::Tell(Run& run, Severity severity, const char* reason,
                      const std::string& message) const {
  run.log.events.push_back(parts_.events.Make(severity, run.key, reason, message,
                                              run.context.revision, run.context.cause));
}

/// Tells of each difference that the host made when it is seen first, whatever is done about it.
void Controller::NoteDrift(Run& run) {
  std::vector<std::string> found;
  for (const DriftEntry& drift : run.plan->drift) {
    const auto is_same = [&](const DriftEntry& d) { return d.path == drift.path; };
    if (std::any_of(run.drift.begin(), run.drift.end(), is_same)) continue;
    run.drift.push_back(drift);
    const bool stands =
        std::any_of(run.before.drift.begin(), run.before.drift.end(), [&](const DriftEntry& d) {
          return !d.corrected && is_same(d) && d.actual == drift.actual;
        });
    if (stands) continue;
    found.push_back(fmt::format("{} is {}, not {}", drift.path, drift.actual, drift.desired));
  }
  if (found.empty()) return;
  parts_.metrics.DriftFound(run.key.kind, found.size());
  Tell(run, Severity::kWarning, reason::kDriftFound, Join(found, "; "));
}

void Controller::Count(Run& run, const Executed& executed) {
  run.changes += executed.changes;
  if (executed.corrected > 0)
    parts_.metrics.DriftCorrected(run.key.kind, static_cast<size_t>(executed.corrected));
}

RunReport Controller::Report(const Run& run, const ReconcileOutcome& outcome) const {
  RunReport report{.key = run.key,
                   .desired = run.desired,
                   .depends_on = run.set->DependenciesOf(run.key),
                   .source = run.set->SourceOf(run.key),
                   .revision = run.context.revision,
                   .trigger = std::string(TriggerName(run.trigger)),
                   .outcome = outcome,
                   .plan = run.plan ? &*run.plan : nullptr,
                   .drift_seen = run.drift,
                   .changes = run.changes,
                   .started = run.started,
                   .duration = parts_.clock.Steady() - run.clock_start,
                   .held_by = HeldBy(run),
                   .confirm = run.confirm.empty() && run.plan ? run.plan->confirm : run.confirm,
                   .events = run.log.events};
  report.next_run =
      run.started + std::chrono::duration_cast<std::chrono::milliseconds>(IntervalOf(run.desired));
  if (run.plan && run.plan->due) report.next_run = std::min(*report.next_run, *run.plan->due);
  if (run.log.stored) report.unfinished = run.log.unfinished;
  return report;
}

/// What a person must know of a document that was removed, or will be; once.
void Controller::NoteDeletion(Run& run, const ReconcileOutcome& outcome) const {
  const Condition* ready = run.before.Find(condition::kReady);
  const auto* waiting = std::get_if<Waiting>(&outcome);
  if (waiting != nullptr && waiting->reason == reason::kOrphaned &&
      (ready == nullptr || ready->reason != reason::kOrphaned))
    Tell(run, Severity::kInfo, reason::kOrphaned, waiting->message);
  if (!run.plan || run.plan->confirm.empty() || run.plan->confirm == run.before.confirm) return;
  for (const std::string& note : run.plan->notes) {
    if (note.contains(run.plan->confirm))
      Tell(run, Severity::kWarning, reason::kConfirmationRequired, note);
  }
}

void Controller::Finish(Run& run, const ReconcileOutcome& outcome) {
  NoteFailure(run, outcome);
  NoteDeletion(run, outcome);
  const RunReport report = Report(run, outcome);
  parts_.metrics.Reconciled(run.key.kind, OutcomeName(outcome), report.duration);
  if (const Error* error = ErrorOf(outcome))
    parts_.metrics.ReconcileFailed(run.key.kind, ReasonOf(*error));
  const auto recorded = parts_.statuses.Record(report);
  if (!recorded) {
    parts_.log.With("resource", run.key.ToString())
        .With("error", recorded.error().ToString())
        .Error("store cannot be written");
    queue_.AddAfter(run.key, options_.retry_interval, Trigger::kRetry);
    return;
  }
  run.gone = !recorded->after;
  WakeOthers(run, *recorded);
  if (run.gone) {
    parts_.metrics.RemoveResource(run.key.kind, run.key.ns, run.key.name);
    if (parts_.failed != nullptr) ForgetFailedSpec(run.key);
    if (parts_.prune != nullptr) Wake(parts_.prune->Gone(run.key), Trigger::kRevision);
    return;
  }
  if (run.plan) {
    for (const auto& [job, when] : run.plan->last_success)
      parts_.metrics.SetJobSuccess(run.key.ns, run.key.name, job, when);
  }
  parts_.metrics.SetResource(run.key.kind, run.key.ns, run.key.name,
                             {.ready = recorded->after->IsReady(),
                              .drifted = recorded->after->Find(condition::kDrifted) != nullptr,
                              .suspended = run.suspended || IsSuspended(run.desired)});
}

/// Those that waited for this one, and those that waited until it no longer uses them.
void Controller::WakeOthers(const Run& run, const StatusWriter::Recorded& recorded) {
  const ResourceStatus after = recorded.after.value_or(ResourceStatus());
  for (const std::string& text : run.before.depends_on) {
    const bool still_used =
        std::find(after.depends_on.begin(), after.depends_on.end(), text) != after.depends_on.end();
    if (still_used) continue;
    if (const auto key = ResourceKey::Parse(text)) queue_.Add(*key, Trigger::kRevision);
  }
  if (run.gone) return;
  const bool applied_anew = run.before.last_applied_digest != after.last_applied_digest;
  // A provider's value may be another one under the same spec.
  const bool other_values = run.key.kind == "Secret" && run.changes > 0;
  // By the newest set: a dependent may have come during the run.
  if (recorded.ReadyChanged() || applied_anew || other_values)
    Wake(desired()->DependentsOf(run.key), Trigger::kRevision);
}

/// A failed or stalled run is an event; the same one again is only counted. What crashes again and
/// again says something else each time, and is told once until it is well.
void Controller::NoteFailure(Run& run, const ReconcileOutcome& outcome) const {
  const Error* error = ErrorOf(outcome);
  if (error == nullptr) return;
  const Condition* stalled = run.before.Find(condition::kStalled);
  const bool goes_on = error->reason() == reason::kCrashLoop && stalled != nullptr &&
                       stalled->reason == reason::kCrashLoop && run.desired != nullptr &&
                       run.before.observed_spec_digest == run.desired->spec_digest;
  if (!goes_on) Tell(run, Severity::kError, ReasonOf(*error).c_str(), error->ToString());
}

}  // namespace mooring
