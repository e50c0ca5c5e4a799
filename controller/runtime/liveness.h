// SPDX-License-Identifier: Apache-2.0
// Tells a daemon that is stuck from one that waits for a slow host: whatever must go on says by
// when it will be heard of again. Thread-safe; main owns it and it outlives what reports to it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"

namespace mooring {

/// Longer than the longest call to a host may take (a pull: 30 minutes), so that nothing that obeys
/// its deadline is ever overdue.
inline constexpr Duration kLongestStep = std::chrono::minutes(40);

class Liveness {
 public:
  /// What waits for a worker now, and how many workers are at work.
  struct Queue {
    size_t waiting = 0;
    size_t processing = 0;
    Duration oldest_age{0};
  };
  explicit Liveness(const Clock& clock) : clock_(clock) {}

  /// `what` is heard of again within `limit`: by another Expect, Progress or Done.
  void Expect(const std::string& what, Duration limit);
  /// It goes on; the limit counts from now. Nothing if it is not expected.
  void Progress(const std::string& what);
  void Done(const std::string& what);
  /// Called by Stuck, under no lock. Set before the first call of it.
  void ReadQueueFrom(std::function<Queue()> read) { read_queue_ = std::move(read); }

  /// What does not go on, for a person; nullopt while all does.
  std::optional<std::string> Stuck() const;

 private:
  struct Expectation {
    SteadyTime heard;
    Duration limit;
  };
  const Clock& clock_;
  std::function<Queue()> read_queue_;
  Guarded<std::map<std::string, Expectation>> expected_;
};

}  // namespace mooring
