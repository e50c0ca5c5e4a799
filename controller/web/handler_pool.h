// SPDX-License-Identifier: Apache-2.0
// A few threads that answer requests, with a bounded queue before them. Thread-safe; owned by the
// server.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "controller/base/clock.h"

namespace mooring::web {

class HandlerPool {
 public:
  HandlerPool(Clock& clock, size_t threads, size_t max_queued);
  ~HandlerPool();
  /// False when the queue is full or the pool has stopped: the task will not run.
  bool Submit(std::function<void()> task);
  /// Takes nothing new, runs what was accepted and joins.
  void Stop();

 private:
  void Run();
  Clock& clock_;
  const size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool stopped_ = false;
  std::deque<std::function<void()>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace mooring::web
