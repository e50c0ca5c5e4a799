// SPDX-License-Identifier: Apache-2.0
// Plans an App: volumes, network, containers and their lines in the hosts file. A rollout is no
// procedure but what follows, run by run, from what is there: an old and a new container of the
// same replica mean "wait for health", then "move the name", then "drain", then "remove the old
// one". So it goes on after a crash at any point.
#pragma once

#include <string>

#include "controller/base/host_key.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/plan/subnet.h"

namespace mooring::docker {

/// Thread-safe; pure.
class AppPlanner final : public Planner {
 public:
  struct Options {
    std::string instance;  ///< host.name: whose containers these are
    Subnet address_pool;
    std::string secret_folder = "/run/mooring/secrets";  ///< in memory: files with secrets
    std::string file_folder = "/var/lib/mooring/files";  ///< files of the repository
    /// How long a resolver may still hand out an address that left the hosts file: Go reads the
    /// file at most every 5 s, and Caddy asks again every second.
    Duration resolver_horizon = std::chrono::milliseconds(6500);
    /// A service without a healthcheck is healthy after running this long without a restart.
    Duration settle_time = std::chrono::seconds(10);
  };
  AppPlanner(Options options, HostKey key) : options_(std::move(options)), key_(std::move(key)) {}
  ResourcePlan Plan(const PlanInput& input) const override;

 private:
  Options options_;
  HostKey key_;
};

}  // namespace mooring::docker
