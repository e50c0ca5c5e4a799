// SPDX-License-Identifier: Apache-2.0
// Notices that somebody else changed Caddy's configuration, or that Caddy went or came back, by
// reading it again and again at an interval that bounds the cost. `Run` blocks; one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "controller/base/clock.h"
#include "reconcilers/caddy/config_cache.h"

namespace mooring::caddy {

class CaddyWatcher {
 public:
  struct Callbacks {
    std::function<void()> on_change;  ///< look at every Site again
    /// On the first look and whenever it changes; the text says why Caddy is not reachable.
    std::function<void(bool reachable, const std::string& text)> on_reachable;
  };
  /// Bounds of the interval; within them it is 1,000 times what a reading takes.
  struct Interval {
    Duration shortest = std::chrono::seconds(1);
    Duration longest = std::chrono::seconds(10);
  };
  /// `cache` and `clock` must outlive the watcher.
  CaddyWatcher(ConfigCache& cache, Clock& clock, Callbacks callbacks, Interval interval)
      : cache_(cache), clock_(clock), callbacks_(std::move(callbacks)), interval_(interval) {}
  CaddyWatcher(ConfigCache& cache, Clock& clock, Callbacks callbacks)
      : CaddyWatcher(cache, clock, std::move(callbacks), Interval()) {}

  /// Until `stop`.
  void Run(std::stop_token stop);

 private:
  void Look(std::stop_token stop);

  ConfigCache& cache_;
  Clock& clock_;
  const Callbacks callbacks_;
  const Interval interval_;
  std::optional<bool> reachable_;
  Duration cost_{0};  ///< of a reading; a single slow one only doubles it
};

}  // namespace mooring::caddy
