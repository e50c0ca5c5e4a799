// SPDX-License-Identifier: Apache-2.0
// Hands SIGHUP from the thread that takes signals to the one that reads the configuration again.
// Several requests before it is taken are one. Thread-safe; outlives both sides.
#pragma once

#include <condition_variable>
#include <mutex>

#include "controller/base/clock.h"

namespace mooring::cli {

class ReloadRequest {
 public:
  void Raise() {
    std::scoped_lock lock(mutex_);
    raised_ = true;
    changed_.notify_all();
  }
  /// Waits for a request until `deadline` or `stop`, and takes it; false: there was none.
  bool Await(Clock& clock, SteadyTime deadline, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    clock.WaitUntil(lock, changed_, deadline, stop, [this] { return raised_; });
    return std::exchange(raised_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool raised_ = false;
};

}  // namespace mooring::cli
