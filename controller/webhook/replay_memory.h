// SPDX-License-Identifier: Apache-2.0
// Which deliveries were taken lately: at most so many, for at most so long. Not thread-safe.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace mooring::webhook {

class ReplayMemory {
 public:
  struct Limits {
    size_t most = 1000;  ///< marks; the oldest go first
    Duration age = std::chrono::hours(24);
  };
  explicit ReplayMemory(Limits limits) : limits_(limits) {}
  ReplayMemory() : ReplayMemory(Limits()) {}

  /// Whether one of the marks was remembered.
  bool Knows(const std::vector<std::string>& marks, SteadyTime now);
  void Remember(const std::vector<std::string>& marks, SteadyTime now);
  size_t size() const { return known_.size(); }

 private:
  void Forget(SteadyTime now);

  const Limits limits_;
  std::set<std::string> known_;
  std::deque<std::pair<SteadyTime, std::string>> by_age_;
};

}  // namespace mooring::webhook
