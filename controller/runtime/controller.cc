// SPDX-License-Identifier: Apache-2.0
// One run over one resource, from what is looked at to what it ends with. What it leaves behind is
// in controller_report.cc, when there is another one in controller_pace.cc.
#include "controller/runtime/controller.h"

#include <set>

#include "controller/base/correlation.h"
#include "controller/base/text.h"
#include "controller/holds/holds.h"
#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/executor.h"
#include "controller/runtime/liveness.h"
#include "controller/runtime/prune_guard.h"
#include "controller/runtime/run.h"
#include "controller/status/event_recorder.h"
#include "controller/status/status_writer.h"

namespace mooring {
namespace {

/// A run that still finds something to do after this many rounds is left to the next one.
constexpr int kMaxRounds = 10;
constexpr Duration kPendingLook = std::chrono::seconds(5);

/// A Host is described and never reconciled: status/host_status says how this one is.
bool IsReconciled(const ResourceKey& key) { return key.kind != "Host"; }

/// Null: it says nothing about sync windows.
Json WindowsOf(const Resource* scope) {
  return scope == nullptr ? Json() : scope->spec.value("syncWindows", Json());
}

/// Waits for other resources, and for nothing that a person holds back or must solve.
bool WaitsForOthers(const ReconcileOutcome& outcome) {
  const auto* waiting = std::get_if<Waiting>(&outcome);
  return waiting != nullptr &&
         (waiting->reason == reason::kDependencyNotReady || waiting->reason == reason::kInUse);
}

void IsNoDrift(ResourcePlan& plan) {
  for (Change& change : plan.changes) change.drift = false;
  plan.drift.clear();
}

/// An exception is a bug of ours. It stalls this resource; the others go on.
Stalled Broken(const char* what) {
  return Stalled{Error(ErrorCode::kInternal,
                       fmt::format("Mooring failed inside: {}; this is a bug, please report it "
                                   "with the log and this spec",
                                   what))};
}

}  // namespace

Controller::Controller(Options options, Parts parts)
    : options_(options),
      max_backoff_(options.max_backoff),
      parts_(std::move(parts)),
      gate_(parts_.policy, parts_.store),
      windows_(parts_.clock),
      drift_runs_(parts_.clock, options.drift_runs),
      // The controller computes the delays: each resource may have its own retryInterval.
      queue_(parts_.clock,
             {.initial = std::chrono::milliseconds(1), .cap = std::chrono::milliseconds(1)}) {}

Controller::~Controller() { Stop(parts_.clock.Steady()); }

void Controller::Start() {
  for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { Work(); });
}

void Controller::Stop(SteadyTime deadline) {
  if (workers_.empty()) return;
  queue_.ShutDown();
  {
    std::unique_lock lock(mutex_);
    parts_.clock.WaitUntil(lock, idle_, deadline, {},
                           [&] { return queue_.Observe().processing == 0; });
  }
  cut_.request_stop();
  workers_.clear();
}

std::shared_ptr<const DesiredSet> Controller::desired() const {
  return desired_.With([](const auto& set) { return set; });
}

void Controller::SetDesired(std::shared_ptr<const DesiredSet> desired) {
  std::vector<ResourceKey> judged;
  if (parts_.prune != nullptr) judged = parts_.prune->SetDesired(desired);
  const auto before = desired_.With([&](auto& set) { return std::exchange(set, desired); });
  Wake(judged, Trigger::kRevision);
  // At the start nobody knows what went while we were away.
  if (!before) return WakeAll(Trigger::kStart);
  const DesiredSetDiff diff = Diff(before.get(), *desired);
  Wake(diff.added, Trigger::kRevision);
  Wake(diff.changed, Trigger::kRevision);
  Wake(diff.removed, Trigger::kRevision);
  WakeWhatMayWait(*before, *desired, diff);
}

/// Other sync windows may let through what waited for those before.
void Controller::WakeWhatMayWait(const DesiredSet& before, const DesiredSet& after,
                                 const DesiredSetDiff& diff) {
  std::set<std::string> moved;
  for (const auto* keys : {&diff.added, &diff.changed, &diff.removed}) {
    for (const ResourceKey& key : *keys) {
      if (key.kind == "Namespace" && WindowsOf(before.Find(key)) != WindowsOf(after.Find(key)))
        moved.insert(key.name);
    }
  }
  if (moved.empty()) return;
  std::vector<ResourceKey> inside;
  for (const ResourceKey& key : KnownKeys()) {
    if (moved.contains(key.ns)) inside.push_back(key);
  }
  Wake(inside, Trigger::kRevision);
}

void Controller::SetOwned(const std::vector<ResourceKey>& keys, std::vector<std::string> unread) {
  if (parts_.prune != nullptr)
    Wake(parts_.prune->SetOwned({keys, std::move(unread)}), Trigger::kResync);
  Wake(keys, Trigger::kResync);
}

void Controller::Wake(const std::vector<ResourceKey>& keys, Trigger trigger,
                      const std::string& actor) {
  if (!actor.empty()) {
    asked_by_.With([&](auto& asked) {
      for (const ResourceKey& key : keys) {
        if (IsReconciled(key)) asked[key] = actor;
      }
    });
  }
  for (const ResourceKey& key : keys) {
    if (!IsReconciled(key)) continue;
    const bool drift = trigger == Trigger::kDrift;
    queue_.AddAfter(key, drift ? drift_runs_.Delay(key) : Duration(0), trigger);
  }
}

// Collected first: a worker that is quicker than the loop must not find its key a second time.
void Controller::WakeAll(Trigger trigger, const std::string& actor) {
  Wake(KnownKeys(), trigger, actor);
}

std::vector<ResourceKey> Controller::KnownKeys() const {
  std::vector<ResourceKey> keys;
  const auto set = desired();
  if (set) std::ranges::copy_if(set->Order(), std::back_inserter(keys), IsReconciled);
  if (const auto remembered = parts_.store.ListKnown()) {
    for (const KnownStatus& status : *remembered) {
      const bool wanted = set && set->Find(status.key) != nullptr;
      if (!wanted && IsReconciled(status.key)) keys.push_back(status.key);
    }
  }
  return keys;
}

void Controller::Work() {
  while (const auto item = queue_.Get({})) {
    const std::string name = item->key.ToString();
    if (parts_.liveness != nullptr) parts_.liveness->Expect(name, kLongestStep);
    Reconcile(*item);
    if (parts_.liveness != nullptr) parts_.liveness->Done(name);
    queue_.Done(item->key);
    std::scoped_lock lock(mutex_);
    idle_.notify_all();
  }
}

/// Who is behind the run: the person who asked, the author of the commit, or somebody at the host.
std::string Controller::ActorOf(const WorkQueue<ResourceKey>::Item& item, const Run& run) {
  std::string asked = asked_by_.With([&](auto& all) {
    const auto found = all.extract(item.key);
    return found.empty() ? std::string() : std::move(found.mapped());
  });
  if (!asked.empty()) return asked;
  if (item.trigger == Trigger::kDrift) return "host";
  if (item.trigger == Trigger::kRevision || item.trigger == Trigger::kStart)
    return run.set->AuthorOf(run.key, run.before.source_name);
  return "";
}

void Controller::Reconcile(const WorkQueue<ResourceKey>::Item& item) {
  const CorrelationScope correlation(NewCorrelation());
  Run run{.key = item.key, .trigger = item.trigger, .set = desired()};
  if (!run.set) return;  // nothing is desired yet: nobody can say what should be
  if (const Duration rest = HeldBack(item); rest.count() > 0) {
    queue_.AddAfter(item.key, rest, item.trigger);
    return;
  }
  if (item.trigger == Trigger::kDrift) drift_runs_.Began(item.key);
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
  run.context = {run.set->RevisionOf(run.key, run.before.source_name),
                 {ActorOf(item, run), CurrentCorrelation()}};
  if (run.desired == nullptr &&
      run.set->WhatIfAbsent(run.before.source_name) == DesiredSet::Absent::kNotRead) {
    // Nobody knows yet whether it is to go.
    queue_.AddAfter(run.key, options_.retry_interval, Trigger::kRetry);
    return;
  }
  const ReconcileOutcome outcome = Attempt(run);
  if (std::holds_alternative<Interrupted>(outcome)) {
    // What it did is told; without a store the next process finds it in the intent.
    std::ignore = parts_.statuses.Record(Report(run, outcome));
    queue_.AddAfter(run.key, options_.retry_interval, Trigger::kRetry);
    return;
  }
  if (!run.kept_out) windows_.Ended(run.key, run.desired, outcome, run.changes > 0);
  Finish(run, outcome);
  Reschedule(run, outcome);
}

ReconcileOutcome Controller::Attempt(Run& run) {
  try {
    if (run.desired == nullptr &&
        run.set->WhatIfAbsent(run.before.source_name) == DesiredSet::Absent::kSourceRemoved) {
      return LeaveAlone(run);
    }
    AskHolds(run);
    // Nothing is changed, so there is nothing to keep it from but the look.
    if (run.suspended) return Converge(run, run.desired);
    if (run.desired == nullptr) {
      if (auto kept = HoldDelete(run)) return *std::move(kept);
    }
    auto held = gate_.Check(run.key, run.desired, *run.set, run.before.last_applied_digest);
    if (held && !WaitsForOthers(*held)) return *std::move(held);
    if (!IsSuspended(run.desired)) {
      if (auto closed = windows_.Check(run.key, run.desired, *run.set, run.before))
        return KeepApplied(run, *std::move(closed));
    }
    if (held) return *std::move(held);
    return ConvergeOrRollBack(run);
  } catch (const std::exception& e) {
    run.plan.reset();
    return Broken(e.what());
  } catch (...) {
    run.plan.reset();
    return Broken("an unknown exception");
  }
}

/// A source that was taken out of the configuration says nothing about what it had.
ReconcileOutcome Controller::LeaveAlone(Run& run) {
  const std::string message = fmt::format(
      "source {} is not configured any more, so this is left as it is; configure it again, put the "
      "spec into another source, or remove by hand what it owns",
      run.before.source_name);
  return Waiting{reason::kOrphaned, message, IntervalOf(nullptr)};
}

/// What keeps a resource that Git no longer has; nullopt: it may go.
std::optional<ReconcileOutcome> Controller::HoldDelete(Run& run) {
  if (parts_.prune == nullptr) return std::nullopt;
  // What is not there any more needs nobody's consent.
  const auto plan = parts_.plans.PlanOne(run.key, nullptr, run.before.last_applied_digest,
                                         run.context.revision, cut_.get_token(), RememberedBy(run));
  if (!plan) return ClassifyError(plan.error());
  const bool stays = plan->wait && plan->wait->reason == reason::kOrphaned;
  if (!plan->HasChanges() && (!plan->wait || stays) && !plan->blocked) return std::nullopt;
  std::vector<ResourceKey> changed;
  const PruneGuard::Answer answer =
      parts_.prune->Check({run.key, run.before.source_name}, *run.set, &changed);
  Wake(changed, Trigger::kRevision);
  if (std::holds_alternative<PruneGuard::Free>(answer)) return std::nullopt;
  if (std::holds_alternative<PruneGuard::Outdated>(answer)) {
    queue_.Add(run.key, run.trigger);
    return Interrupted{};
  }
  if (std::holds_alternative<PruneGuard::NotListed>(answer)) return Interrupted{};
  if (const auto* unlisted = std::get_if<PruneGuard::Unlisted>(&answer))
    return Waiting{reason::kObservationFailed, unlisted->message, options_.retry_interval};
  const auto& held = std::get<HeldPrune>(answer);
  run.confirm = held.confirm;
  return Stalled{Error(ErrorCode::kFailedPrecondition, held.message).WithReason(held.reason)};
}

/// Outside its sync windows a resource stays as it was applied last, and is kept that way.
ReconcileOutcome Controller::KeepApplied(Run& run, Waiting closed) {
  run.kept_out = true;
  if (run.before.last_applied_digest.empty()) return AdoptOnly(run, std::move(closed));
  const ResourcePtr applied =
      parts_.find_applied ? parts_.find_applied(run.before, cut_.get_token()) : nullptr;
  if (!applied || applied->spec_digest != run.before.last_applied_digest) return closed;
  ReconcileOutcome kept = Converge(run, applied.get());
  if (const auto* waiting = std::get_if<Waiting>(&kept)) {
    closed.look_again = std::min(closed.look_again, waiting->look_again);
  } else if (!std::holds_alternative<Done>(kept)) {
    return kept;
  }
  return closed;
}

/// What nobody remembers to have applied may be on the host all the same, as the spec says.
ReconcileOutcome Controller::AdoptOnly(Run& run, Waiting closed) {
  if (run.desired == nullptr) return closed;
  auto plan = parts_.plans.PlanOne(run.key, run.desired, "", run.context.revision, cut_.get_token(),
                                   RememberedBy(run));
  if (!plan) return ClassifyError(plan.error());
  run.plan = std::move(*plan);
  NoteAdoption(run);
  if (run.plan->HasChanges() || run.plan->wait || run.plan->blocked) return closed;
  return Conclude(run);
}

/// A suspension counts from the next step on; a run that began with one ends with it, because the
/// gate was not asked.
void Controller::AskHolds(Run& run) const {
  if (parts_.holds != nullptr && !run.suspended)
    run.suspended = parts_.holds->SuspensionOf(run.key);
}

/// Observed and reported only. By hand it ends by itself, and is then looked at.
ReconcileOutcome Controller::Suspended(const Run& run) const {
  Duration look_again = IntervalOf(run.desired);
  if (run.suspended && run.suspended->hold.until) {
    const Duration left = *run.suspended->hold.until - parts_.clock.Now();
    look_again = std::clamp<Duration>(left, Duration(0), look_again);
  }
  return Waiting{reason::kSuspended, run.plan->wait->message, look_again};
}

/// A suspension says more than a rollback, which holds all of the source.
std::optional<Hold> Controller::HeldBy(const Run& run) const {
  if (run.suspended) return run.suspended->hold;
  const std::string& source = run.set->SourceOf(run.key);
  return parts_.holds == nullptr ? std::nullopt : parts_.holds->RevisionHoldOf(source);
}

ReconcileOutcome Controller::Converge(Run& run, const Resource* target) {
  const std::stop_token stop = cut_.get_token();
  std::optional<Error> moved;
  for (int round = 0; round < kMaxRounds; ++round) {
    if (stop.stop_requested()) return Interrupted{};
    moved.reset();
    auto plan = parts_.plans.PlanOne(run.key, target, run.before.last_applied_digest,
                                     run.context.revision, stop, RememberedBy(run));
    if (!plan && plan.error().code() == ErrorCode::kAborted) {
      moved = plan.error();
      continue;
    }
    if (!plan) return ClassifyError(plan.error());
    run.plan = std::move(*plan);
    if (run.way_back) IsNoDrift(*run.plan);
    AskHolds(run);
    // What is to go and left nothing on the host is only forgotten.
    if (target == nullptr && !run.plan->HasChanges()) run.suspended.reset();
    if (run.suspended) HoldBackByHand(DescribeSuspension(*run.suspended), &*run.plan);
    if (round == 0) NoteAdoption(run);
    NoteFinishedRuns(run);
    NoteDrift(run);
    Count(run, parts_.executor.Settle(*run.plan, run.context, run.log));
    if (run.suspended || IsSuspended(target)) return Suspended(run);
    HoldRotations(run);
    if (!HasWork(*run.plan)) break;
    const Executed executed = parts_.executor.Execute(*run.plan, run.context, run.log, stop);
    Count(run, executed);
    if (executed.error && executed.error->code() == ErrorCode::kAborted) {
      moved = executed.error;
      continue;
    }
    run.failed_writing = executed.error.has_value();
    if (executed.error) return ClassifyError(*executed.error);
    if (executed.pending) {
      return Waiting{reason::kProgressing, "accepted; on the host with the next reload",
                     kPendingLook};
    }
  }
  if (moved) return ClassifyError(*moved);
  return Conclude(run);
}

/// Another value under the same spec waits for the sync windows as another spec does.
void Controller::HoldRotations(Run& run) {
  auto& changes = run.plan->changes;
  const auto is_due = [](const Change& c) { return c.rotation && c.after.empty(); };
  if (std::ranges::none_of(changes, is_due)) return;
  const auto closed = windows_.CheckRotation(run.key, run.desired, *run.set);
  if (!closed) return;
  // What else is done in this run lets nothing more of it through.
  run.kept_out = true;
  for (Change& change : changes) {
    if (is_due(change)) change.after = "the sync windows are closed";
  }
  run.plan->wait = Wait{closed->reason, closed->message, closed->look_again};
}

/// What a run ends with that has nothing more to do now.
/// What the round before found counts as well. A person who asks again and again has a new wish
/// each time.
Remembered Controller::RememberedBy(const Run& run) {
  return {.details = run.plan ? &run.plan->details : &run.before.details,
          .request = run.trigger == Trigger::kHuman ? run.context.cause.correlation : std::string(),
          .document = run.before.observed_spec_digest};
}

ReconcileOutcome Controller::Conclude(const Run& run) {
  const ResourcePlan& plan = *run.plan;
  if (plan.blocked) return ClassifyError(*plan.blocked);
  if (plan.wait) return Waiting{plan.wait->reason, plan.wait->message, plan.wait->look_again};
  if (!plan.HasChanges() && (run.desired == nullptr || plan.healthy)) return Done{};
  std::string message = plan.health_message;
  if (plan.HasChanges()) {
    const Change& next = plan.changes.front();
    message = fmt::format("{} {}{}{}", ActionName(next.action), next.object,
                          next.after.empty() ? "" : " waits: ", next.after);
  }
  return Waiting{reason::kProgressing, message.empty() ? "not healthy yet" : message, kPendingLook};
}

Result<std::optional<SyncWindows::Closed>> Controller::MayOverrideWindow(
    const ResourceKey& key) const {
  const auto set = desired();
  if (set) return windows_.MayOverride(key, *set);
  return Fail(ErrorCode::kFailedPrecondition, "no revision is in force yet");
}

Result<std::optional<SyncWindows::Closed>> Controller::OverrideWindow(const ResourceKey& key) {
  MOORING_TRY(const auto closed, MayOverrideWindow(key));
  if (closed) windows_.LetThrough(key);
  return closed;
}

void Controller::ReportProgress(const ResourceKey& key, const std::string& text) {
  if (parts_.liveness != nullptr) parts_.liveness->Progress(key.ToString());
  const auto set = desired();
  if (!set || set->Find(key) == nullptr) return;
  const Status recorded = parts_.statuses.RecordProgress(key, text, set->RevisionOf(key, ""));
  const Log log = parts_.log.With("resource", key.ToString()).With("progress", text);
  if (recorded) return log.Debug("progress");
  log.With("error", recorded.error().ToString()).Warn("progress not stored");
}

}  // namespace mooring
