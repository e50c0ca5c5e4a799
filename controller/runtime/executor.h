// SPDX-License-Identifier: Apache-2.0
// The only caller of appliers. For each run: the intent goes to the store, the changes to the host,
// what happened to the run's log, which is stored with its result. Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/reconcile/applier.h"
#include "controller/status/event_recorder.h"
#include "controller/store/store.h"

namespace mooring {

class StatusWriter;

/// In whose name changes are made.
struct RunContext {
  std::string revision;  ///< of the source that has the resource
  EventCause cause;
};

/// What one run has done so far. Kept in the intent until the run's result is stored.
struct RunLog {
  std::vector<Event> events;  ///< what happened, in order
  Intent told;                ///< steps that are done: their events are among these
  Intent unfinished;          ///< steps that were begun and not seen to their end
  bool recalled = false;      ///< earlier runs were asked what they left
  bool stored = false;        ///< the store has an intent of the resource
};

struct Executed {
  int changes = 0;
  int corrected = 0;           ///< drifted fields among them
  bool pending = false;        ///< something was accepted and is not on the host yet
  std::optional<Error> error;  ///< what ended it early
};

class Executor {
 public:
  /// `appliers` by kind; all arguments must outlive this.
  Executor(std::map<std::string, Applier*> appliers, StatusWriter& statuses, EventRecorder& events,
           Clock& clock, Log log);

  /// Does the changes of `plan` that wait for nothing, in order, up to the first failure.
  Executed Execute(const ResourcePlan& plan, const RunContext& run, RunLog& log,
                   std::stop_token stop);

  /// Tells of what earlier runs, or earlier rounds of this one, did not see the end of and what, by
  /// this newer plan, is on the host now.
  Executed Settle(const ResourcePlan& plan, const RunContext& run, RunLog& log);

 private:
  Intent::Step StepOf(const ResourceKey& key, const Change& change, const RunContext& run) const;
  Status WriteIntent(const ResourceKey& key, const std::vector<Intent::Step>& steps,
                     const std::string& revision, RunLog& log);
  void Note(Intent::Step step, const Result<Applied>& applied, RunLog& log, Executed& result);
  void Tell(Intent::Step step, RunLog& log, Executed& result);

  std::map<std::string, Applier*> appliers_;
  StatusWriter& statuses_;
  EventRecorder& events_;
  Clock& clock_;
  Log log_;
};

/// Whether the executor would do anything about it now.
bool HasWork(const ResourcePlan& plan);

}  // namespace mooring
