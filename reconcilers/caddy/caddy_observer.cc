// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/caddy_observer.h"

#include "reconcilers/caddy/site_planner.h"

namespace mooring::caddy {

Result<std::shared_ptr<const Observation>> CaddyObserver::Observe(const ResourceKey& key,
                                                                  const Resource* /*desired*/,
                                                                  std::stop_token stop) {
  MOORING_TRY(ConfigCache::Live live, cache_.Get(stop));
  const bool comes_back =
      live->blank && !live->Refused(cache_.options()) && cache_.Known().contains(key);
  return std::make_shared<SiteObservation>(std::move(live), key, comes_back);
}

Status CaddyObserver::Refresh(std::stop_token stop) { return cache_.Refresh(stop); }

Result<std::vector<ResourceKey>> CaddyObserver::Owned(std::stop_token stop) {
  MOORING_TRY(const ConfigCache::Live live, cache_.Get(stop));
  std::vector<ResourceKey> keys;
  for (const auto& [key, site] : live->sites) keys.push_back(key);
  return keys;
}

}  // namespace mooring::caddy
