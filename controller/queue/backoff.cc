// SPDX-License-Identifier: Apache-2.0
#include "controller/queue/backoff.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

namespace mooring {

RandomSource SystemRandom() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

Duration Jittered(Duration duration, const RandomSource& random) {
  constexpr double kJitter = 0.1;
  const double factor = 1 + kJitter * (2 * random() - 1);
  return Duration(std::llround(static_cast<double>(duration.count()) * factor));
}

Duration Backoff::Delay(int failures, const RandomSource& random) const {
  constexpr int kMaxDoublings = 62;
  const double grown =
      std::ldexp(static_cast<double>(initial.count()), std::clamp(failures - 1, 0, kMaxDoublings));
  const double capped = std::min(grown, static_cast<double>(cap.count()));
  return Jittered(Duration(std::llround(capped)), random);
}

}  // namespace mooring
