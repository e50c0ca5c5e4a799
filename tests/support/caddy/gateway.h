// SPDX-License-Identifier: Apache-2.0
// Everything of reconcilers/caddy put together over one Caddy, and a loop as small as one can be.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "reconcilers/caddy/caddy_applier.h"
#include "reconcilers/caddy/caddy_observer.h"
#include "reconcilers/caddy/site_planner.h"

namespace mooring::test {

/// A Site named `name` in the namespace default.
Resource MakeSite(const std::string& name, Json spec);

class Gateway {
 public:
  explicit Gateway(caddy::GatewayOptions options, caddy::AdminOptions admin,
                   caddy::ApplierOptions applier);
  /// Over `admin`, with ports that nobody uses and without waiting between loads.
  static caddy::GatewayOptions Options(const std::string& admin);
  static caddy::ApplierOptions Eager();
  static caddy::AdminOptions Admin(const std::string& admin);

  Result<ResourcePlan> Plan(const Resource& site, const std::string& last_applied = "");
  Result<ResourcePlan> PlanDelete(const ResourceKey& key);
  /// Plans and applies until the host is as desired or something fails; all Sites at once.
  std::map<ResourceKey, Status> Reconcile(const std::vector<Resource>& sites);
  Status Reconcile(const Resource& site);
  Status Delete(const ResourceKey& key);
  /// Observe, plan and apply, without waiting for the load.
  Result<Applied> Step(const Resource& site);
  /// True when `key` was woken up; forgets it.
  bool AwaitWake(const ResourceKey& key);

  SystemClock clock;
  caddy::GatewayOptions options;
  SecretValues secrets;  ///< what references of Sites lead to
  caddy::ConfigReader reader;
  caddy::ConfigWriter writer;
  caddy::ConfigCache cache;
  caddy::CaddyObserver observer;
  caddy::SitePlanner planner;

 private:
  Status Finish(const ResourceKey& key, const Resource* desired);
  Result<ResourcePlan> PlanFor(const ResourceKey& key, const Resource* desired,
                               const std::string& last_applied);
  Result<bool> ApplyOnce(const ResourceKey& key, const Resource* desired);

  std::mutex mutex_;
  std::condition_variable_any woken_changed_;
  std::multiset<ResourceKey> woken_;

 public:
  caddy::CaddyApplier applier;
};

}  // namespace mooring::test
