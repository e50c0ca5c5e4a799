// SPDX-License-Identifier: Apache-2.0
#include "controller/base/clock.h"

namespace mooring {

Time SystemClock::Now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::Steady() const { return std::chrono::steady_clock::now(); }

bool SystemClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                            SteadyTime deadline, std::stop_token stop,
                            const std::function<bool()>& ready) {
  return cv.wait_until(lock, stop, deadline, ready);
}

bool SleepFor(Clock& clock, Duration duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any cv;
  std::unique_lock lock(mutex);
  clock.WaitUntil(lock, cv, clock.Steady() + duration, stop, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace mooring
