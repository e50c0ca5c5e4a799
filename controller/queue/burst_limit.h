// SPDX-License-Identifier: Apache-2.0
// Joins what comes in bursts: a few runs over a key may follow one another at once, those after
// them wait, so that many reasons to look make few runs. Thread-safe. `Key` is a hashable value.
#pragma once

#include <algorithm>
#include <unordered_map>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"

namespace mooring {

/// `burst` at once; one more each `interval`, for those that were not used as well.
struct BurstRate {
  int burst = 1;
  Duration interval{0};
};

template <typename Key>
class BurstLimit {
 public:
  /// `clock` must outlive it.
  BurstLimit(const Clock& clock, BurstRate rate) : clock_(clock), rate_(rate) {}

  /// How long the next run over `key` is to wait.
  Duration Delay(const Key& key) const {
    const SteadyTime now = clock_.Steady();
    return settled_.With([&](const Settled& settled) {
      const auto found = settled.find(key);
      if (found == settled.end()) return Duration(0);
      return std::max<Duration>(found->second - now - (rate_.burst - 1) * rate_.interval,
                                Duration(0));
    });
  }
  /// A run over `key` begins.
  void Began(const Key& key) {
    const SteadyTime now = clock_.Steady();
    settled_.With([&](Settled& settled) {
      if (settled.size() >= kSweepAt)
        std::erase_if(settled, [&](const auto& entry) { return entry.second <= now; });
      SteadyTime& at = settled[key];
      at = std::max(at, now) + rate_.interval;
    });
  }

 private:
  static constexpr size_t kSweepAt = 1024;
  using Settled = std::unordered_map<Key, SteadyTime>;  ///< when the whole burst is there again

  const Clock& clock_;
  const BurstRate rate_;
  Guarded<Settled> settled_;
};

}  // namespace mooring
