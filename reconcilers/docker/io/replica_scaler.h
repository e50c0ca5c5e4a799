// SPDX-License-Identifier: Apache-2.0
// Looks at what the containers of services with `autoscale` use, and says how many there shall be.
// It changes nothing on the host: the planner makes the difference up. Lives on one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "controller/base/clock.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/io/replica_counts.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/autoscale.h"
#include "reconcilers/docker/plan/container_usage.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

class ReplicaScaler {
 public:
  struct Parts {
    Observer& observer;
    /// Of one container; any error means that nobody knows.
    std::function<Result<ContainerUsage>(const std::string& id, std::stop_token stop)> usage;
    ReplicaCounts& counts;
    Clock& clock;
    /// The Apps that are looked after now; of all others the counts are forgotten.
    std::function<std::vector<ResourcePtr>()> apps;
    /// Of each service that is looked at, and again when it changes.
    std::function<void(const ResourceKey& key, const std::string& service, int replicas)> on_count;
    /// Another count was decided; `message` is for people: "web: 2 to 4 containers, ...".
    std::function<void(const ResourceKey& key, const std::string& message)> on_scaled;
  };
  explicit ReplicaScaler(Parts parts) : parts_(std::move(parts)) {}

  /// Looks once at all of them. To be called every few seconds; takes about a second for each of
  /// their containers, because that is how long the engine takes to tell.
  void Look(std::stop_token stop);

 private:
  struct Service {
    ScaleWindow window;
    std::map<std::string, ContainerUsage> usages;  ///< at the look before, by container id
  };
  using Id = std::pair<ResourceKey, std::string>;

  void LookAt(const ResourceKey& key, const ServiceSpec& service, const AutoscaleRule& rule,
              const AppObservation& seen, std::stop_token stop);
  Load Measure(const ServiceSpec& service, int replicas, const AppObservation& seen, Service& state,
               std::stop_token stop);

  const Parts parts_;
  std::map<Id, Service> services_;
  bool silent_ = false;  ///< the engine has left a question of this look without an answer
};

}  // namespace mooring::docker
