// SPDX-License-Identifier: Apache-2.0
// How many containers a service should have by what they use, as the autoscaler of Kubernetes
// decides it. Pure: whoever measures says what time it is.
#pragma once

#include <deque>
#include <optional>

#include "controller/base/clock.h"
#include "reconcilers/docker/plan/autoscale_rule.h"

namespace mooring::docker {

/// Percent of their limits, the mean of all containers of a service. nullopt: not known.
struct Load {
  std::optional<double> cpu;
  std::optional<double> memory;
};

/// The larger of what the two targets ask for, within the bounds of the rule; `current` while the
/// load is within a tenth of its target. nullopt: something that the rule names is not known.
std::optional<int> Recommend(const AutoscaleRule& rule, int current, const Load& load);

/// What was recommended lately for one service. Not thread-safe.
class ScaleWindow {
 public:
  /// The count to have from `now` on: another than `current` only when all that was recommended for
  /// scale_up_after was more (then the least of it), or for scale_down_after less (then the most).
  /// nullopt counts as a recommendation to stay, and so does a long time without a look.
  int Decide(const AutoscaleRule& rule, int current, std::optional<int> recommended,
             SteadyTime now);

 private:
  struct Look {
    SteadyTime at;
    int count = 0;
  };
  bool Covers(Duration window, SteadyTime now) const;

  std::deque<Look> looks_;  ///< oldest first; the first one may be older than both windows
};

}  // namespace mooring::docker
