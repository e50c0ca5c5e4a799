// SPDX-License-Identifier: Apache-2.0
// One run of the controller over one resource. Private to controller*.cc; used by one worker.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/holds/holds.h"
#include "controller/reconcile/change.h"
#include "controller/runtime/controller.h"
#include "controller/runtime/executor.h"

namespace mooring {

struct Controller::Run {
  ResourceKey key;
  Trigger trigger;
  std::shared_ptr<const DesiredSet> set;
  const Resource* desired = nullptr;
  RunContext context;     ///< with the revision of the source that has it, or had it
  ResourceStatus before;  ///< empty when nothing is remembered
  Time started;
  SteadyTime clock_start;
  std::optional<Held> suspended;     ///< by hand
  std::optional<ResourcePlan> plan;  ///< the last one made
  std::vector<DriftEntry> drift;     ///< found in any round of this run
  std::set<std::string> told_runs;   ///< names of finished runs that were told, or are old news
  RunLog log;
  int changes = 0;
  std::string confirm;  ///< the token that is asked for
  bool gone = false;    ///< not desired, confirmed absent, and forgotten
  bool failed_writing = false;
  bool kept_out = false;  ///< by a sync window: what was applied is looked after
  bool way_back = false;  ///< to what was applied before: what differs, we did ourselves
};

/// Null unless the run failed.
inline const Error* ErrorOf(const ReconcileOutcome& outcome) {
  if (const auto* retry = std::get_if<Retry>(&outcome)) return &retry->error;
  if (const auto* stalled = std::get_if<Stalled>(&outcome)) return &stalled->error;
  return nullptr;
}

/// By its own spec, or with its namespace.
inline bool IsSuspended(const Resource* resource) {
  return resource != nullptr &&
         (resource->spec.value("suspend", false) || resource->derived.contains("suspendedBy"));
}

}  // namespace mooring
