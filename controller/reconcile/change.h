// SPDX-License-Identifier: Apache-2.0
// What a planner says must be done. Values, already redacted: what is in them may be shown.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/resource/key.h"
#include "controller/resource/status.h"

namespace mooring {

enum class Action { kNone, kCreate, kUpdate, kReplace, kRestart, kAdopt, kDelete };
enum class Impact { kNone, kRestart, kDowntime, kDataLoss };

std::string_view ActionName(Action action);  ///< "create"
std::string_view ImpactName(Impact impact);  ///< "none", "restart", "downtime", "data-loss"

/// One field that differs. `path` is dotted, relative to spec: "services.web.image".
/// A secret's values are never here: `secret` is set and both texts are empty.
struct FieldDiff {
  std::string path;
  std::string actual;
  std::string desired;
  bool secret = false;
  auto operator<=>(const FieldDiff&) const = default;
};

/// What to do, in the terms of the reconciler that planned it; opaque to everyone else.
class Operation {
 public:
  virtual ~Operation() = default;
};

/// One step on the host.
struct Change {
  std::string object;  ///< "container/default_shop_web_1", "route/default/shop"
  Action action = Action::kNone;
  std::vector<FieldDiff> diffs;
  std::string reason;  ///< why, for a person: "missing", "stopped by hand", "spec changed"
  Impact impact = Impact::kNone;
  std::string after;   ///< not empty: not to be done yet; says what it waits for
  bool drift = false;  ///< the host moved, not the spec
  /// Neither the spec nor a hand on the host did: a value of a Secret is another one, or a tag at
  /// its registry. It waits for a sync window as a spec would.
  bool rotation = false;
  std::shared_ptr<const Operation> operation;
};

struct Wait {
  std::string reason;      ///< a constant of reasons.h
  std::string message;     ///< "web: 1 of 2 containers healthy"
  Duration look_again{0};  ///< when nothing wakes us up before
};

/// A run that was to end and did: of a job.
struct FinishedRun {
  std::string job;            ///< within its resource: "migrate"
  std::string name;           ///< tells it from all others: its container's
  std::string outcome;        ///< Done, Failed or TimedOut
  std::string message;        ///< what a person must know of it
  bool told_by_plan = false;  ///< the plan is blocked by it, and says so
};

/// Everything that must happen to one resource, and what was seen on the way. An empty one (no
/// changes, no wait) means that the host is as desired.
struct ResourcePlan {
  ResourceKey key;
  Action action = Action::kNone;  ///< of the resource as a whole, for people
  std::vector<Change> changes;    ///< in the order in which they are done
  std::optional<Wait> wait;       ///< what is waited for once the changes without `after` are done
  std::optional<Error>
      blocked;  ///< what a person must solve: the changes are done, the run ends with it
  std::vector<std::string> notes;  ///< what the reader must know: "no downtime: StartFirst, ..."
  Impact impact = Impact::kNone;   ///< the worst of the changes'
  /// The token that a person is asked for, because something will be lost; empty: none. The run
  /// goes on without it.
  std::string confirm;
  /// Whether data goes with it depends on what only the daemon remembers, and it was not asked.
  bool data_unknown = false;

  bool healthy = false;
  std::string health_message;             ///< "1 of 1 services healthy"
  std::vector<InventoryEntry> inventory;  ///< what is owned on the host now (`since` unset)
  std::vector<DriftEntry> drift;          ///< differences that the host caused (`since` unset)
  nlohmann::json details = nlohmann::json::object();  ///< per kind, goes to the status
  std::optional<Time> due;  ///< when there is something to do by the mere passing of time
  std::vector<FinishedRun> finished_runs;    ///< of which the status says nothing yet
  std::map<std::string, Time> last_success;  ///< when a run last ended Done, by job

  bool HasChanges() const { return !changes.empty(); }
};

}  // namespace mooring
