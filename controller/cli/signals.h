// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a stop request. They are blocked in every thread and waited for in one, so
// that no handler runs anywhere. Made before any other thread; one in a process.
#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace mooring::cli {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t set_{};
  std::stop_source stop_;
  std::atomic<bool> ended_ = false;
  std::thread waiter_;
};

}  // namespace mooring::cli
