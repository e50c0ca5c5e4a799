// SPDX-License-Identifier: Apache-2.0
// Reads the configuration again and puts in force what may be, while the daemon runs. Used by one
// thread; owns the configuration that is in force.
#pragma once

#include <functional>
#include <string>

#include "controller/base/log.h"
#include "controller/cli/config.h"
#include "controller/status/event_recorder.h"

namespace mooring::cli {

/// The configuration as it is now, with its problems.
using ReadConfig = std::function<Config(Diagnostics* problems)>;

class Reloader {
 public:
  struct Parts {
    ReadConfig read;
    std::function<void(const Config&)> take_over;  ///< hands new values to the daemon's parts
    EventRecorder& events;
    Log log;
  };
  Reloader(Config running, Parts parts) : running_(std::move(running)), parts_(std::move(parts)) {}

  /// A configuration with problems changes nothing; log and an event of the Host say which.
  void ReadAgain();
  const Config& running() const { return running_; }

 private:
  void Refuse(const Diagnostics& problems);
  void Tell(const Reload& reload);
  void Record(Severity severity, const char* reason, const std::string& message);

  Config running_;
  const Parts parts_;
};

}  // namespace mooring::cli
