// SPDX-License-Identifier: Apache-2.0
// When a namespace lets changes through: `syncWindows` of its Namespace, judged at a time. If there
// is any allow window, one must be open; an open deny window wins. A value; pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/schedule.h"
#include "controller/graph/desired_set.h"

namespace mooring {

class SyncWindows {
 public:
  /// What keeps changes out.
  struct Closed {
    std::string by;  ///< `by deny "0 18 * * 5" Europe/Berlin`, `because no allow window is open`
    std::optional<Time> until;  ///< none: no time at which changes are let in is in sight
    bool manual = false;        ///< an operator may override it

    /// "closed by deny "0 18 * * 5" Europe/Berlin until 2026-03-02T05:00:00Z"
    std::string ToString() const;
    /// "the sync windows of team-blue are closed ...".
    std::string Of(const ResourceKey& key) const;
  };

  /// Those of the namespace that `key` is in; a resource without a namespace has none.
  static SyncWindows For(const ResourceKey& key, const DesiredSet& set);
  /// Those of a Namespace's spec. One that cannot be read, which validation refuses, denies always.
  static SyncWindows Of(const nlohmann::json& spec);

  /// nullopt: changes are let through at `time`.
  std::optional<Closed> ClosedAt(Time time) const;

 private:
  struct Window {
    bool allow = false;
    bool manual = true;
    std::string shown;                 ///< `deny "0 18 * * 5" Europe/Berlin`
    std::optional<Schedule> schedule;  ///< none: it is always open
    Duration duration{0};

    bool IsOpen(Time time) const { return !schedule || Until(time) > time; }
    /// When the last opening before or at `time` ends or ended. REQUIRES: a schedule.
    Time Until(Time time) const;
  };
  static Window Read(const nlohmann::json& json);
  /// Empty: none.
  std::vector<const Window*> ClosingAt(Time time) const;
  std::optional<Time> OpensAfter(Time time) const;

  std::vector<Window> windows_;
};

}  // namespace mooring
