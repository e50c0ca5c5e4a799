// SPDX-License-Identifier: Apache-2.0
// How long to wait before the n-th retry. Pure but for the random source; thread-safe if that is.
#pragma once

#include <functional>

#include "controller/base/clock.h"

namespace mooring {

/// Uniform in [0, 1).
using RandomSource = std::function<double()>;
/// Seeded by the operating system. Not thread-safe: one for each owner.
RandomSource SystemRandom();

/// +-10 %, so that those who began together do not stay together.
Duration Jittered(Duration duration, const RandomSource& random);

struct Backoff {
  Duration initial = std::chrono::seconds(1);
  Duration cap = std::chrono::minutes(15);

  /// initial * 2^(failures - 1), at most `cap`, then jittered. `failures` counts from 1.
  Duration Delay(int failures, const RandomSource& random) const;
};

}  // namespace mooring
