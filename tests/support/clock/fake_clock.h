// SPDX-License-Identifier: Apache-2.0
// A clock that a test moves by hand. Time stands still until Advance. Thread-safe; owned by the
// test and outlives whatever waits on it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "controller/base/clock.h"

namespace mooring::testing {

class FakeClock final : public Clock {
 public:
  /// Starts at 2026-03-01T14:00:00Z.
  FakeClock();

  Time Now() const override;
  SteadyTime Steady() const override;
  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                 SteadyTime deadline, std::stop_token stop,
                 const std::function<bool()>& ready) override;

  /// Moves both times, wakes the waiters whose deadline has passed and returns once they have left
  /// their wait. REQUIRES: the caller holds no mutex that a waiter waits with.
  void Advance(Duration duration);
  /// Moves the wall clock alone, back as well; nobody is woken.
  void JumpWall(std::chrono::seconds by);
  /// Blocks until at least `count` threads wait on this clock.
  void AwaitWaiters(size_t count) const;
  size_t waiters() const;

 private:
  struct Waiter {
    SteadyTime deadline;
    std::mutex* mutex;
    std::condition_variable_any* cv;
  };
  bool NoneDue() const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Time now_;
  SteadyTime steady_;
  uint64_t next_id_ = 0;
  std::map<uint64_t, Waiter> waiters_;
};

}  // namespace mooring::testing
