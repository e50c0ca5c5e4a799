// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/replay_memory.h"

#include <algorithm>

namespace mooring::webhook {

bool ReplayMemory::Knows(const std::vector<std::string>& marks, SteadyTime now) {
  Forget(now);
  return std::ranges::any_of(marks, [&](const auto& mark) { return known_.contains(mark); });
}

void ReplayMemory::Remember(const std::vector<std::string>& marks, SteadyTime now) {
  for (const std::string& mark : marks) {
    if (known_.insert(mark).second) by_age_.emplace_back(now, mark);
  }
  Forget(now);
}

void ReplayMemory::Forget(SteadyTime now) {
  while (!by_age_.empty() &&
         (by_age_.size() > limits_.most || now - by_age_.front().first >= limits_.age)) {
    known_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

}  // namespace mooring::webhook
