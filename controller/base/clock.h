// SPDX-License-Identifier: Apache-2.0
// Time and waiting for it, so that tests can drive both. Thread-safe; main owns the real one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace mooring {

using Duration = std::chrono::nanoseconds;
/// An instant that people read: status, events, logs.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
/// An instant that only measures: deadlines, delays.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
  virtual SteadyTime Steady() const = 0;
  /// Waits until `ready()`, the deadline, or a stop request, whichever is first; `lock` is held
  /// when `ready` is called and on return. Returns `ready()`. Spurious wake-ups are handled here.
  virtual bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                         SteadyTime deadline, std::stop_token stop,
                         const std::function<bool()>& ready) = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
  SteadyTime Steady() const override;
  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                 SteadyTime deadline, std::stop_token stop,
                 const std::function<bool()>& ready) override;
};

/// Sleeps for `duration` or until `stop`; false when stopped.
bool SleepFor(Clock& clock, Duration duration, std::stop_token stop);

}  // namespace mooring
