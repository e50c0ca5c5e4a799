// SPDX-License-Identifier: Apache-2.0
// `autoscale` in the daemon: which Apps are looked at, and what is told of what was decided.
// Main's; used by one thread.
#pragma once

#include <vector>

#include "controller/cli/engines.h"
#include "controller/resource/resource.h"
#include "reconcilers/docker/io/engine_view.h"
#include "reconcilers/docker/io/replica_scaler.h"

namespace mooring {

class Controller;
class EventRecorder;
class Holds;

namespace metrics {
class Metrics;
}

namespace cli {

class Autoscaling {
 public:
  struct Parts {
    const Config& config;
    EngineReaders& readers;
    Controller& controller;
    const Holds& holds;
    EventRecorder& events;
    metrics::Metrics& metrics;
    Clock& clock;
  };
  explicit Autoscaling(Parts parts);

  /// To be called every few seconds; does nothing where no App asks for it.
  void Look(std::stop_token stop);

 private:
  std::vector<ResourcePtr> Apps() const;

  const Parts parts_;
  docker::EngineView view_;
  docker::ReplicaScaler scaler_;
};

}  // namespace cli
}  // namespace mooring
