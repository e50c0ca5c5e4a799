// SPDX-License-Identifier: Apache-2.0
// Follows the engine's events for as long as the daemon runs. Events only say which App to look at
// again; every opening of the stream counts as a gap, after which all is read afresh.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/docker_observer.h"

namespace mooring::docker {

class EventWatcher {
 public:
  struct Callbacks {
    std::function<void()> on_gap;                                   ///< look at everything
    std::function<void(const std::vector<ResourceKey>&)> on_event;  ///< look at these
    std::function<void(const Status&)> on_reachable;                ///< whether the engine answers
  };
  EventWatcher(DockerReader& reader, DockerObserver& observer, Clock& clock, Callbacks callbacks,
               Log log)
      : reader_(reader),
        observer_(observer),
        clock_(clock),
        callbacks_(std::move(callbacks)),
        log_(std::move(log)) {}

  /// Runs until stopped; reconnects with growing pauses (250 ms to 5 s).
  void Run(std::stop_token stop);

 private:
  DockerReader& reader_;
  DockerObserver& observer_;
  Clock& clock_;
  Callbacks callbacks_;
  Log log_;
};

}  // namespace mooring::docker
