// SPDX-License-Identifier: Apache-2.0
// How hard an engine is worked: so many changes of it in a second on average, so many pulls at the
// same time. Thread-safe; owned by whoever owns the engine's client, and outlives it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring::docker {

struct EngineLimits {
  int requests_per_second = 50;
  int parallel_pulls = 3;
};

class EnginePace {
 public:
  /// `on_throttled` is told how long a request waited, by the thread that waits, under no lock.
  EnginePace(Clock& clock, EngineLimits limits, std::function<void(Duration)> on_throttled = {});

  /// From now on.
  void SetLimits(EngineLimits limits);

  /// Waits until a request may be sent: at once, as long as less than a second's worth of them was
  /// used up. Unavailable, with the time after which to try again, when that would take longer than
  /// `longest`: then it waits for nothing. Cancelled when stopped.
  Status AwaitRequest(Duration longest, std::stop_token stop);

  /// The right to pull; its end gives it back.
  class Turn {
   public:
    explicit Turn(EnginePace& pace) : pace_(&pace) {}
    Turn(Turn&& other) noexcept : pace_(std::exchange(other.pace_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    EnginePace* pace_;
  };
  /// Waits until fewer pulls than allowed are on their way; `on_wait` is called when it begins to
  /// wait, and every minute. Cancelled when stopped.
  Result<Turn> AwaitPull(const std::function<void()>& on_wait, std::stop_token stop);

 private:
  Clock& clock_;
  const std::function<void(Duration)> on_throttled_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  EngineLimits limits_;
  SteadyTime full_at_;  ///< when a second's worth may be sent at once again
  int pulling_ = 0;
};

}  // namespace mooring::docker
