// SPDX-License-Identifier: Apache-2.0
// The moment at which a process dies, for crash tests: ask it before whatever changes the world
// outside. Thread-safe; owned by the test.
#pragma once

#include <mutex>

namespace mooring::testing {

class CrashPoint {
 public:
  /// The first `survive` steps are done, none after them.
  explicit CrashPoint(int survive) : left_(survive) {}

  /// False: the process is dead, and the step is not done.
  bool Step() {
    std::scoped_lock lock(mutex_);
    if (left_ == 0) crashed_ = true;
    if (crashed_) return false;
    --left_;
    return true;
  }
  bool crashed() const {
    std::scoped_lock lock(mutex_);
    return crashed_;
  }

 private:
  mutable std::mutex mutex_;
  int left_;
  bool crashed_ = false;
};

}  // namespace mooring::testing
