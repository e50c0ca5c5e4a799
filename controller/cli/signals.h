// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a stop request, SIGHUP as what the daemon makes of it; else it is one of
// them. They are blocked in every thread and waited for in one, so that no handler runs anywhere.
// Made before any other thread; one in a process.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

#include "controller/base/guarded.h"

namespace mooring::cli {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  /// Called for each SIGHUP, on the waiting thread, until another is set; once this returns, the
  /// one before is not called any more.
  void OnHangup(std::function<void()> handler);

 private:
  bool HandleHangup();

  sigset_t set_{};
  std::stop_source stop_;
  Guarded<std::function<void()>> on_hangup_;
  std::atomic<bool> ended_ = false;
  std::thread waiter_;
};

}  // namespace mooring::cli
