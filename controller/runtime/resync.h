// SPDX-License-Identifier: Apache-2.0
// Compares everything with the host now and then, whatever the events said: after a gap in them,
// and on each resource's interval. One list of the host serves all resources that are due.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/reconcile/reconciler.h"
#include "controller/runtime/controller.h"

namespace mooring {

/// Thread-safe; its thread is the daemon's.
class Resync {
 public:
  struct Options {
    Duration interval =
        std::chrono::minutes(10);  ///< of resources that say no other; +-10 % jitter
  };
  Resync(Options options, std::vector<ReadSide> readers, Controller& controller, Clock& clock,
         Log log);

  /// Look at everything as soon as possible.
  void Request();
  /// Another desired set is in force: its intervals count from now on. With the first one it can be
  /// told what is owned and not desired, so everything is looked at.
  void DesiredChanged();
  void Run(std::stop_token stop);

 private:
  /// Reads the hosts again and wakes what is desired, remembered or owned.
  void LookAtAll(std::stop_token stop);
  void LookAtDue(std::stop_token stop);
  Duration NextDue();

  const Options options_;
  std::vector<ReadSide> readers_;
  Controller& controller_;
  Clock& clock_;
  Log log_;
  RandomSource random_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool requested_ = false;
  bool changed_ = false;
  bool has_desired_ = false;
  std::map<ResourceKey, SteadyTime> due_;  ///< of this thread only
  /// What each reconciler said last that it holds, by its name; of this thread only.
  std::map<std::string, std::vector<ResourceKey>> owned_;
  SteadyTime all_due_;
};

}  // namespace mooring
