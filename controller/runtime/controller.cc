// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/controller.h"

#include "controller/base/text.h"
#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/executor.h"
#include "controller/status/event_recorder.h"
#include "controller/status/status_writer.h"

namespace mooring {
namespace {

/// A run that still finds something to do after this many rounds is left to the next one.
constexpr int kMaxRounds = 10;
constexpr Duration kPendingLook = std::chrono::seconds(5);
constexpr Duration kDependencyLook = std::chrono::seconds(30);

Duration SpecDuration(const Resource* resource, const char* field, Duration fallback) {
  if (resource == nullptr) return fallback;
  const auto found = resource->spec.find(field);
  if (found == resource->spec.end() || !found->is_string()) return fallback;
  return ParseDuration(found->get<std::string>()).value_or(fallback);
}

bool IsSuspended(const Resource* resource) {
  return resource != nullptr && resource->spec.value("suspend", false);
}

std::string ReasonOf(const ReconcileOutcome& outcome) {
  if (const auto* retry = std::get_if<Retry>(&outcome)) return retry->error.reason();
  if (const auto* stalled = std::get_if<Stalled>(&outcome)) return stalled->error.reason();
  return "";
}

}  // namespace

struct Controller::Run {
  ResourceKey key;
  Trigger trigger;
  std::shared_ptr<const DesiredSet> set;
  const Resource* desired = nullptr;
  ResourceStatus before;  ///< empty when nothing is remembered
  Time started;
  SteadyTime clock_start;
  std::optional<ResourcePlan> plan;  ///< the last one made
  std::vector<DriftEntry> drift;     ///< found in any round of this run
  int changes = 0;
  bool gone = false;  ///< not desired, confirmed absent, and forgotten
};

Controller::Controller(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      // The controller computes the delays: each resource may have its own retryInterval.
      queue_(parts_.clock,
             {.initial = std::chrono::milliseconds(1), .cap = std::chrono::milliseconds(1)}),
      random_(SystemRandom()) {}

Controller::~Controller() { Stop(parts_.clock.Steady()); }

void Controller::Start() {
  for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { Work(); });
}

void Controller::Stop(SteadyTime deadline) {
  if (workers_.empty()) return;
  queue_.ShutDown();
  {
    std::unique_lock lock(mutex_);
    parts_.clock.WaitUntil(lock, idle_, deadline, {}, [&] { return working_ == 0; });
  }
  cut_.request_stop();
  workers_.clear();
}

std::shared_ptr<const DesiredSet> Controller::desired() const {
  return desired_.With([](const auto& set) { return set; });
}

void Controller::SetDesired(std::shared_ptr<const DesiredSet> desired) {
  const auto before = desired_.With([&](auto& set) { return std::exchange(set, desired); });
  const DesiredSetDiff diff = Diff(before.get(), *desired);
  Wake(diff.added, Trigger::kRevision);
  Wake(diff.changed, Trigger::kRevision);
  Wake(diff.removed, Trigger::kRevision);
  // At the start nobody knows what went while we were away.
  if (!before) WakeAll(Trigger::kStart);
}

void Controller::Wake(const std::vector<ResourceKey>& keys, Trigger trigger) {
  for (const ResourceKey& key : keys) queue_.Add(key, trigger);
}

void Controller::WakeAll(Trigger trigger) {
  if (const auto set = desired()) {
    for (const ResourceKey& key : set->Order()) queue_.Add(key, trigger);
  }
  const auto remembered = parts_.store.ListStatus();
  if (!remembered) return;
  for (const ResourceStatus& status : *remembered) {
    if (status.key.kind != "Host") queue_.Add(status.key, trigger);
  }
}

void Controller::Work() {
  while (const auto item = queue_.Get({})) {
    {
      std::scoped_lock lock(mutex_);
      ++working_;
    }
    try {
      Reconcile(*item);
    } catch (const std::exception& e) {
      // A broken invariant in one resource must not take the others down.
      parts_.log.With("resource", item->key.ToString())
          .With("error", e.what())
          .Error("reconcile threw");
      parts_.metrics.ReconcileFailed(item->key.kind, "Panic");
    }
    queue_.Done(item->key);
    std::scoped_lock lock(mutex_);
    --working_;
    idle_.notify_all();
  }
}

void Controller::Reconcile(const WorkQueue<ResourceKey>::Item& item) {
  Run run{.key = item.key, .trigger = item.trigger, .set = desired()};
  if (!run.set) return;  // nothing is desired yet: nobody can say what should be
  run.desired = run.set->Find(run.key);
  run.started = parts_.clock.Now();
  run.clock_start = parts_.clock.Steady();
  auto before = parts_.store.GetStatus(run.key);
  if (!before) {
    parts_.log.With("resource", run.key.ToString())
        .With("error", before.error().ToString())
        .Error("store cannot be read");
    queue_.AddAfter(run.key, options_.retry_interval, Trigger::kRetry);
    return;
  }
  if (*before) run.before = std::move(**before);
  run.before.key = run.key;
  const ReconcileOutcome outcome = Attempt(run);
  if (std::holds_alternative<Interrupted>(outcome)) return;
  Finish(run, outcome);
  Reschedule(run, outcome);
}

ReconcileOutcome Controller::Attempt(Run& run) {
  if (const auto gate = Gate(run)) return *gate;
  return Converge(run);
}

std::optional<ReconcileOutcome> Controller::Gate(const Run& run) const {
  if (run.desired == nullptr) {
    if (auto wait = WaitsForDependents(run)) return *wait;
    return std::nullopt;
  }
  std::vector<std::string> findings;
  for (const PolicyFinding& finding : parts_.policy.Check(*run.desired)) {
    if (finding.severity == Severity::kError) {
      findings.push_back(
          fmt::format("{}: {} ({})", finding.where.ToString(), finding.message, finding.rule));
    }
  }
  if (!findings.empty()) {
    return Stalled{Error(ErrorCode::kFailedPrecondition, Join(findings, "; "))
                       .WithReason(reason::kPolicyViolation)};
  }
  if (auto wait = WaitsForDependency(run)) return *wait;
  return std::nullopt;
}

/// What was applied once stays looked after, whatever its dependencies do; only a new spec waits.
std::optional<Waiting> Controller::WaitsForDependency(const Run& run) const {
  if (run.before.last_applied_digest == run.desired->spec_digest) return std::nullopt;
  for (const ResourceKey& key : run.set->DependenciesOf(run.key)) {
    const Resource* dependency = run.set->Find(key);
    const auto status = parts_.store.GetStatus(key);
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
                   fmt::format("waits for {} ({})", key.ToString(), why), kDependencyLook};
  }
  return std::nullopt;
}

/// Deletes go in reverse order: not before everything that used this is gone.
std::optional<Waiting> Controller::WaitsForDependents(const Run& run) const {
  if (const auto blocker = DeleteBlocker(*run.set, run.key)) {
    return Waiting{blocker->reason, blocker->message, kDependencyLook};
  }
  const auto statuses = parts_.store.ListStatus();
  if (!statuses) return std::nullopt;
  const std::string me = run.key.ToString();
  for (const ResourceStatus& status : *statuses) {
    const bool uses = std::find(status.depends_on.begin(), status.depends_on.end(), me) !=
                      status.depends_on.end();
    if (uses && run.set->Find(status.key) == nullptr) {
      return Waiting{reason::kInUse, fmt::format("goes after {}", status.key.ToString()),
                     kDependencyLook};
    }
  }
  return std::nullopt;
}

ReconcileOutcome Controller::Converge(Run& run) {
  const std::stop_token stop = cut_.get_token();
  std::optional<Error> moved;
  for (int round = 0; round < kMaxRounds; ++round) {
    auto plan = parts_.plans.PlanOne(run.key, run.desired, run.before.last_applied_digest,
                                     run.set->revision(), stop);
    if (!plan && plan.error().code() == ErrorCode::kAborted) {
      moved = plan.error();
      continue;
    }
    if (!plan) return ClassifyError(plan.error());
    run.plan = std::move(*plan);
    for (const DriftEntry& drift : run.plan->drift) {
      const bool known = std::any_of(run.drift.begin(), run.drift.end(),
                                     [&](const DriftEntry& d) { return d.path == drift.path; });
      if (!known) run.drift.push_back(drift);
    }
    const Executed settled = parts_.executor.Settle(*run.plan, run.set->revision());
    run.changes += settled.changes;
    CountCorrected(run, settled.corrected);
    if (IsSuspended(run.desired)) {
      return Waiting{reason::kSuspended,
                     "suspend is true in the spec: observed, nothing is changed",
                     IntervalOf(run.desired)};
    }
    if (!HasWork(*run.plan)) {
      moved.reset();
      break;
    }
    const Executed executed = parts_.executor.Execute(*run.plan, run.set->revision(), stop);
    run.changes += executed.changes;
    CountCorrected(run, executed.corrected);
    if (executed.error && executed.error->code() == ErrorCode::kAborted) {
      moved = executed.error;
      continue;
    }
    if (executed.error) return ClassifyError(*executed.error);
    if (executed.pending)
      return Waiting{reason::kProgressing, "handed to Caddy with the next reload", kPendingLook};
  }
  if (moved) return ClassifyError(*moved);
  if (run.plan->blocked) return ClassifyError(*run.plan->blocked);
  if (run.plan->wait)
    return Waiting{run.plan->wait->reason, run.plan->wait->message, run.plan->wait->look_again};
  if (HasWork(*run.plan) ||
      (run.desired != nullptr && !run.plan->healthy && run.plan->HasChanges())) {
    return Waiting{reason::kProgressing, run.plan->health_message, kPendingLook};
  }
  return Done{};
}

void Controller::CountCorrected(const Run& run, int fields) {
  if (fields > 0) parts_.metrics.DriftCorrected(run.key.kind, static_cast<size_t>(fields));
}

void Controller::Finish(Run& run, const ReconcileOutcome& outcome) {
  const Duration took = parts_.clock.Steady() - run.clock_start;
  parts_.metrics.Reconciled(run.key.kind, OutcomeName(outcome), took);
  if (!ReasonOf(outcome).empty()) parts_.metrics.ReconcileFailed(run.key.kind, ReasonOf(outcome));
  if (!run.drift.empty()) parts_.metrics.DriftFound(run.key.kind, run.drift.size());
  RunReport report{.key = run.key,
                   .desired = run.desired,
                   .depends_on = run.set->DependenciesOf(run.key),
                   .revision = run.set->revision(),
                   .trigger = std::string(TriggerName(run.trigger)),
                   .outcome = outcome,
                   .plan = run.plan ? &*run.plan : nullptr,
                   .drift_seen = run.drift,
                   .changes = run.changes,
                   .started = run.started,
                   .duration = took};
  report.next_run =
      run.started + std::chrono::duration_cast<std::chrono::milliseconds>(IntervalOf(run.desired));
  const auto recorded = parts_.statuses.Record(report);
  if (!recorded) {
    parts_.log.With("resource", run.key.ToString())
        .With("error", recorded.error().ToString())
        .Error("store cannot be written");
    queue_.AddAfter(run.key, options_.retry_interval, Trigger::kRetry);
    return;
  }
  run.gone = !recorded->after;
  if (run.gone) {
    parts_.metrics.RemoveResource(run.key.kind, run.key.ns, run.key.name);
    // Those that this one depended on may go now.
    for (const std::string& text : run.before.depends_on) {
      if (const auto key = ResourceKey::Parse(text)) queue_.Add(*key, Trigger::kRevision);
    }
    return;
  }
  RecordFailure(run, outcome);
  parts_.metrics.SetResource(run.key.kind, run.key.ns, run.key.name,
                             {.ready = recorded->after->IsReady(),
                              .drifted = recorded->after->Find(condition::kDrifted) != nullptr,
                              .suspended = IsSuspended(run.desired)});
  const bool applied_anew = run.before.last_applied_digest != recorded->after->last_applied_digest;
  if (recorded->ReadyChanged() || applied_anew)
    Wake(run.set->DependentsOf(run.key), Trigger::kRevision);
}

/// A failed or stalled run is an event; the same one again is only counted.
void Controller::RecordFailure(const Run& run, const ReconcileOutcome& outcome) {
  const Error* error = nullptr;
  if (const auto* retry = std::get_if<Retry>(&outcome)) error = &retry->error;
  if (const auto* stalled = std::get_if<Stalled>(&outcome)) error = &stalled->error;
  if (error == nullptr) return;
  const std::string& word = error->reason();
  parts_.events.Record(Severity::kError, run.key, word.empty() ? reason::kApplyFailed : word,
                       error->ToString(), run.set->revision());
}

Duration Controller::IntervalOf(const Resource* resource) const {
  return SpecDuration(resource, "interval", options_.interval);
}

void Controller::Reschedule(const Run& run, const ReconcileOutcome& outcome) {
  if (std::holds_alternative<Retry>(outcome)) {
    const Error& error = std::get<Retry>(outcome).error;
    const int count = failures_.With([&](auto& failures) { return ++failures[run.key]; });
    const Backoff backoff{
        .initial = SpecDuration(run.desired, "retryInterval", options_.retry_interval),
        .cap = options_.max_backoff};
    const Duration delay = std::max<Duration>(
        backoff.Delay(count, random_), error.retry_after().value_or(std::chrono::milliseconds(0)));
    queue_.AddRateLimited(run.key, delay);
    parts_.log.With("resource", run.key.ToString())
        .With("error", error.ToString())
        .With("retry_in", FormatElapsed(delay))
        .Warn("reconcile failed");
    return;
  }
  failures_.With([&](auto& failures) { failures.erase(run.key); });
  queue_.Forget(run.key);
  if (run.gone) return;
  if (const auto* waiting = std::get_if<Waiting>(&outcome)) {
    queue_.AddAfter(run.key, waiting->look_again, Trigger::kRetry);
  } else if (const auto* stalled = std::get_if<Stalled>(&outcome)) {
    parts_.log.With("resource", run.key.ToString())
        .With("reason", stalled->error.reason())
        .With("error", stalled->error.ToString())
        .Warn("reconcile stalled");
    queue_.AddAfter(run.key, IntervalOf(run.desired), Trigger::kResync);
  }
}

void Controller::ReportProgress(const ResourceKey& key, const std::string& text) {
  const auto set = desired();
  if (!set || set->Find(key) == nullptr) return;
  parts_.log.With("resource", key.ToString()).With("progress", text).Info("progress");
}

}  // namespace mooring
