// SPDX-License-Identifier: Apache-2.0
// The loop: workers take keys from the queue, and for each of them observe, plan, apply and say how
// it went. Thread-safe; main owns it and stops it before what it is given goes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/base/log.h"
#include "controller/graph/desired_set.h"
#include "controller/queue/burst_limit.h"
#include "controller/queue/work_queue.h"
#include "controller/reconcile/outcome.h"
#include "controller/runtime/gate.h"
#include "controller/runtime/window_gate.h"
#include "controller/status/status_writer.h"
#include "controller/store/store.h"

namespace mooring {

namespace metrics {
class Metrics;
}
class EventRecorder;
class Executor;
class FailedSpecs;
class Holds;
class Liveness;
class PlanBuilder;
class PruneGuard;
struct Executed;
struct FailedSpec;
struct Remembered;

class Controller {
 public:
  struct Options {
    int workers = 4;
    Duration interval = std::chrono::minutes(10);  ///< resync of a resource that says no other
    Duration retry_interval = std::chrono::seconds(30);  ///< first retry of one that says no other
    Duration max_backoff = std::chrono::minutes(15);
    /// Runs over one resource that the host's own events cause: a few at once, then these at most.
    BurstRate drift_runs = {.burst = 4, .interval = std::chrono::milliseconds(500)};
  };
  struct Parts {
    const PlanBuilder& plans;
    const Policy& policy;
    Executor& executor;
    Store& store;
    StatusWriter& statuses;
    EventRecorder& events;
    metrics::Metrics& metrics;
    Clock& clock;
    Log log;
    Liveness* liveness = nullptr;  ///< told of runs that begin and end, if there is one
    const Holds* holds = nullptr;  ///< what is suspended by hand, if anything can be
    PruneGuard* prune = nullptr;   ///< asked before anything is deleted, if there is one
    /// The resource as it was when it was last applied; null: nobody has it any more. None: nobody
    /// ever has.
    std::function<ResourcePtr(const ResourceStatus& status, std::stop_token stop)> find_applied =
        nullptr;
    FailedSpecs* failed = nullptr;  ///< which specs are not tried again, if there is a way back
  };
  Controller(Options options, Parts parts);
  ~Controller();

  void Start();
  /// Takes no new keys, lets runs end until `deadline`, then cuts them. Workloads are not touched.
  void Stop(SteadyTime deadline);

  /// Makes `desired` the desired set and looks at what it changes; what is gone from it is pruned.
  void SetDesired(std::shared_ptr<const DesiredSet> desired);
  /// Null until the first good revision.
  std::shared_ptr<const DesiredSet> desired() const;

  /// Everything that the host holds by our marks; `unread` are the reconcilers that could not be
  /// asked yet. Looks at all of it.
  void SetOwned(const std::vector<ResourceKey>& keys, std::vector<std::string> unread);

  /// `actor`: who asked for it; empty: nobody in particular.
  void Wake(const std::vector<ResourceKey>& keys, Trigger trigger, const std::string& actor = "");
  /// Everything that is desired or of which something is remembered.
  void WakeAll(Trigger trigger, const std::string& actor = "");
  /// The keys that WakeAll wakes, dependencies first.
  std::vector<ResourceKey> KnownKeys() const;
  /// Something that everything may have failed for is back: failures count from the start again.
  void ForgetFailures();
  /// As WindowGate; FailedPrecondition before the first revision. Wakes nothing.
  Result<std::optional<SyncWindows::Closed>> MayOverrideWindow(const ResourceKey& key) const;
  Result<std::optional<SyncWindows::Closed>> OverrideWindow(const ResourceKey& key);
  /// The longest time between two tries, for failures from now on.
  void SetMaxBackoff(Duration longest) { max_backoff_ = longest; }
  /// Shows on the resource how far a long step is. To be called within the step, by the run's
  /// thread.
  void ReportProgress(const ResourceKey& key, const std::string& text);

  WorkQueue<ResourceKey>::Stats QueueStats() const { return queue_.Observe(); }

 private:
  /// One run over one resource.
  struct Run;
  void WakeWhatMayWait(const DesiredSet& before, const DesiredSet& after,
                       const DesiredSetDiff& diff);
  struct Failure {
    int in_a_row = 0;
    SteadyTime since;       ///< of the first in a row
    std::string digest;     ///< of the spec that failed
    SteadyTime not_before;  ///< what the host tells until then waits
  };
  struct Failures {
    std::map<ResourceKey, Failure> of;
    RandomSource random = SystemRandom();
  };
  void Work();
  void Reconcile(const WorkQueue<ResourceKey>::Item& item);
  Duration HeldBack(const WorkQueue<ResourceKey>::Item& item) const;
  Duration HoldBack(const Run& run, Duration at_least);
  Duration FailingFor(const Run& run) const;
  std::string ActorOf(const WorkQueue<ResourceKey>::Item& item, const Run& run);
  ReconcileOutcome Attempt(Run& run);
  ReconcileOutcome Converge(Run& run, const Resource* target);
  ReconcileOutcome KeepApplied(Run& run, Waiting closed);
  ReconcileOutcome AdoptOnly(Run& run, Waiting closed);
  ReconcileOutcome LeaveAlone(Run& run);
  ReconcileOutcome ConvergeOrRollBack(Run& run);
  ReconcileOutcome StayBack(Run& run, const FailedSpec& failed, const Resource& applied);
  std::optional<FailedSpec> StandingFailure(Run& run) const;
  std::optional<ReconcileOutcome> RollBack(Run& run, const ReconcileOutcome& outcome);
  void KeepFailedSpec(const FailedSpec& failed) const;
  void ForgetFailedSpec(const ResourceKey& key) const;
  void AskHolds(Run& run) const;
  ReconcileOutcome Suspended(const Run& run) const;
  std::optional<Hold> HeldBy(const Run& run) const;
  std::optional<ReconcileOutcome> HoldDelete(Run& run);
  void HoldRotations(Run& run);
  ReconcileOutcome Conclude(const Run& run);
  void NoteAdoption(Run& run);
  void NoteFinishedRuns(Run& run);
  static Remembered RememberedBy(const Run& run);
  void NoteDrift(Run& run);
  void NoteFailure(Run& run, const ReconcileOutcome& outcome) const;
  void NoteDeletion(Run& run, const ReconcileOutcome& outcome) const;
  void Tell(Run& run, Severity severity, const char* reason, const std::string& message) const;
  void Count(Run& run, const Executed& executed);
  RunReport Report(const Run& run, const ReconcileOutcome& outcome) const;
  void Finish(Run& run, const ReconcileOutcome& outcome);
  void WakeOthers(const Run& run, const StatusWriter::Recorded& recorded);
  void Reschedule(const Run& run, const ReconcileOutcome& outcome);
  Duration IntervalOf(const Resource* resource) const;

  const Options options_;
  std::atomic<Duration> max_backoff_;
  Parts parts_;
  const Gate gate_;
  WindowGate windows_;
  BurstLimit<ResourceKey> drift_runs_;
  WorkQueue<ResourceKey> queue_;
  Guarded<std::shared_ptr<const DesiredSet>> desired_;
  Guarded<Failures> failures_;
  Guarded<std::map<ResourceKey, std::string>> asked_by_;  ///< of keys that a person waits for
  std::stop_source cut_;
  std::mutex mutex_;
  std::condition_variable_any idle_;  ///< a worker gave its key back
  std::vector<std::jthread> workers_;
};

}  // namespace mooring
