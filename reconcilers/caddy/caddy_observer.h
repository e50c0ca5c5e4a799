// SPDX-License-Identifier: Apache-2.0
// What Caddy holds of each Site. Thread-safe.
#pragma once

#include "controller/reconcile/reconciler.h"
#include "reconcilers/caddy/config_cache.h"

namespace mooring::caddy {

class CaddyObserver final : public Observer {
 public:
  /// `cache` must outlive the observer.
  explicit CaddyObserver(ConfigCache& cache) : cache_(cache) {}

  /// From the cache, unless something has changed Caddy since; the observation is a
  /// SiteObservation. An error means that Caddy does not answer.
  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                     const Resource* desired,
                                                     std::stop_token stop) override;
  Status Refresh(std::stop_token stop) override;
  Result<std::vector<ResourceKey>> Owned(std::stop_token stop) override;

 private:
  ConfigCache& cache_;
};

}  // namespace mooring::caddy
