// SPDX-License-Identifier: Apache-2.0
// What the daemon's main thread does while the others work: reads the configuration again when
// asked to, and tells the service manager how it is. Owns nothing of what it is given.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/reload_request.h"
#include "controller/cli/service_manager.h"

namespace mooring::cli {

class Supervision {
 public:
  struct Callbacks {
    std::function<void()> reload;
    std::function<std::string()> status;                ///< one line: what the daemon does
    std::function<std::optional<std::string>()> stuck;  ///< what does not go on; nullopt: all does
  };
  Supervision(ServiceManager manager, ReloadRequest& request, Callbacks callbacks, Clock& clock,
              Log log);

  /// READY=1 at once, STOPPING=1 after `stop`. In between WATCHDOG=1 twice in each period, unless
  /// something is stuck: then the manager restarts the daemon.
  void Run(std::stop_token stop);

 private:
  SteadyTime NextLook() const;
  void Reload();
  void TellStatus();
  void FeedWatchdog();
  void Tell(const std::string& assignments);

  const ServiceManager manager_;
  ReloadRequest& request_;
  const Callbacks callbacks_;
  Clock& clock_;
  const Log log_;
  std::string status_;  ///< as told last
  std::optional<std::string> stuck_;
  bool unheard_ = false;
};

}  // namespace mooring::cli
