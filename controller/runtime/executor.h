// SPDX-License-Identifier: Apache-2.0
// The only caller of appliers. For each run: the intent goes to the store, the changes to the host,
// what happened to events. Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/base/log.h"
#include "controller/reconcile/applier.h"
#include "controller/status/event_recorder.h"

namespace mooring {

class StatusWriter;

/// In whose name changes are made.
struct RunContext {
  std::string revision;  ///< of the source that has the resource
  EventCause cause;
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
  Executed Execute(const ResourcePlan& plan, const RunContext& run, std::stop_token stop);

  /// Tells of what was pending since an earlier run and, by this newer plan, is on the host now.
  Executed Settle(const ResourcePlan& plan, const RunContext& run);

 private:
  Status WriteIntent(const ResourcePlan& plan, const std::string& revision);
  void Record(const ResourcePlan& plan, const Change& change, const RunContext& run,
              Executed& result);

  std::map<std::string, Applier*> appliers_;
  StatusWriter& statuses_;
  EventRecorder& events_;
  Clock& clock_;
  Log log_;
  Guarded<std::map<ResourceKey, std::vector<Change>>> pending_;
};

/// Whether the executor would do anything about it now.
bool HasWork(const ResourcePlan& plan);

}  // namespace mooring
