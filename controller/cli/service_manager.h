// SPDX-License-Identifier: Apache-2.0
// Tells systemd how the daemon is: sd_notify's protocol, a datagram to $NOTIFY_SOCKET. Immutable;
// thread-safe. Source: sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <string>
#include <string_view>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring::cli {

class ServiceManager {
 public:
  /// `socket`: a path, or an abstract name after an @; empty: there is nobody to tell.
  ServiceManager(std::string socket, Duration watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}
  /// $NOTIFY_SOCKET, and $WATCHDOG_USEC unless $WATCHDOG_PID names another process. Not while
  /// another thread sets variables.
  static ServiceManager FromEnvironment();

  bool listens() const { return !socket_.empty(); }
  /// How often WATCHDOG=1 is asked for; zero: not at all.
  Duration watchdog() const { return watchdog_; }
  /// "READY=1\nSTATUS=..."; done at once when nobody listens. Takes at most five seconds.
  Status Notify(std::string_view assignments) const;

 private:
  std::string socket_;
  Duration watchdog_;
};

}  // namespace mooring::cli
