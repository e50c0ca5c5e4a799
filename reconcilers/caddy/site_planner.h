// SPDX-License-Identifier: Apache-2.0
// Compares a Site with what Caddy runs. Pure and thread-safe.
#pragma once

#include <memory>

#include "controller/base/guarded.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/caddy/gateway_config.h"

namespace mooring::caddy {

/// What Caddy holds of one Site, with the whole configuration around it.
class SiteObservation final : public Observation {
 public:
  SiteObservation(std::shared_ptr<const LiveConfig> live, const ResourceKey& key,
                  bool comes_back = false)
      : live_(std::move(live)), key_(key), comes_back_(comes_back) {}

  bool exists() const override { return site() != nullptr; }
  /// Null when Caddy holds nothing of the Site.
  const SiteConfig* site() const {
    const auto found = live_->sites.find(key_);
    return found == live_->sites.end() ? nullptr : &found->second;
  }
  const LiveConfig& live() const { return *live_; }
  /// Caddy lost everything, and the next load brings the Site back unless it takes it out.
  bool comes_back() const { return comes_back_; }

 private:
  std::shared_ptr<const LiveConfig> live_;
  ResourceKey key_;
  bool comes_back_;
};

/// What to do to Caddy for one Site.
class SiteOperation final : public Operation {
 public:
  /// Puts `config` there; an empty one takes the Site out.
  explicit SiteOperation(SiteConfig site) : config(std::move(site)), digest(config.Digest()) {}
  /// The spec cannot be rendered; the applier returns this error.
  explicit SiteOperation(Error cause) : error(std::move(cause)) {}

  SiteConfig config;
  std::string digest;
  std::optional<Error> error;
};

class SitePlanner final : public Planner {
 public:
  explicit SitePlanner(GatewayOptions options) : options_(std::move(options)) {}
  /// At most one Change. `input.observed` must be a SiteObservation.
  ResourcePlan Plan(const PlanInput& input) const override;
  /// For Sites that name nobody, in plans from now on. Any thread may call it.
  void SetAcmeEmail(const std::string& email);

 private:
  Guarded<GatewayOptions> options_;
};

}  // namespace mooring::caddy
