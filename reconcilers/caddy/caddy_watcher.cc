// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/caddy_watcher.h"

namespace mooring::caddy {

void CaddyWatcher::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const SteadyTime begin = clock_.Steady();
    Look(stop);
    const Duration took = clock_.Steady() - begin;
    // One slow answer of a busy machine says little about what a look costs.
    cost_ = cost_.count() == 0 ? took : std::min(took, 2 * cost_);
    if (!SleepFor(clock_, std::clamp(1000 * cost_, interval_.shortest, interval_.longest), stop)) {
      return;
    }
  }
}

void CaddyWatcher::Look(std::stop_token stop) {
  const Result<bool> changed = cache_.Poll(stop);
  if (stop.stop_requested()) return;
  const bool was = reachable_.value_or(false);
  if (reachable_ != changed.has_value()) {
    reachable_ = changed.has_value();
    const std::string text = changed ? "Caddy's admin API answers" : changed.error().ToString();
    if (callbacks_.on_reachable) callbacks_.on_reachable(*reachable_, text);
  }
  // A Caddy that comes back may have lost everything: look even if it seems unchanged.
  if (changed && (*changed || !was) && callbacks_.on_change) callbacks_.on_change();
}

}  // namespace mooring::caddy
