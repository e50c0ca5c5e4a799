// SPDX-License-Identifier: Apache-2.0
// So many events in a window for each key: a bucket that fills up again steadily. Thread-safe.
#pragma once

#include <map>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"

namespace mooring::web {

class RateLimiter {
 public:
  struct Rate {
    int events = 600;
    Duration window = std::chrono::minutes(1);
  };
  /// `clock` must outlive it.
  RateLimiter(Clock& clock, Rate rate) : clock_(clock), rate_(rate) {}

  /// Takes one event of `key`. Zero: it may happen; else how long until one may.
  Duration Take(const std::string& key);
  /// Keys that are remembered.
  size_t size() const;

 private:
  struct Buckets {
    std::map<std::string, SteadyTime> full_at;  ///< when each bucket is full again
    SteadyTime next_sweep;                      ///< looking through all of them costs time
  };
  void ForgetFull(Buckets& buckets, SteadyTime now) const;

  Clock& clock_;
  const Rate rate_;
  Guarded<Buckets> buckets_;
};

}  // namespace mooring::web
