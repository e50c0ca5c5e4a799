// SPDX-License-Identifier: Apache-2.0
// What the API asks of the daemon: what it knows, plans that are only shown, runs at once.
// Thread-safe; the daemon owns it and what it is given.
#pragma once

#include <stop_token>
#include <string>

#include "controller/cli/config.h"
#include "controller/cli/followed_sources.h"
#include "controller/cli/holding.h"
#include "controller/cli/readiness.h"
#include "controller/cli/webhooks.h"
#include "controller/http/api.h"
#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/runtime/controller.h"
#include "controller/status/event_recorder.h"

namespace mooring::cli {

class ApiRequests {
 public:
  struct Parts {
    const Config& config;
    const StoreReader& store;
    Readiness& readiness;
    metrics::Metrics& metrics;
    const PlanBuilder& plans;
    const Policy& policy;
    Controller& controller;
    FollowedSources& sources;
    Holding& holding;
    Webhooks& webhooks;
    EventRecorder& events;
  };
  explicit ApiRequests(const Parts& parts) : parts_(parts) {}

  /// Its functions refer to this.
  http::ApiBackend Backend();

 private:
  Result<Json> Preview(const Json& request, std::stop_token stop);
  Result<size_t> Reconcile(const http::ReconcileRequest& request);
  Status OverrideWindow(const ResourceKey& key, const std::string& who);
  std::vector<ResourcePtr> ListDesired() const;
  ResourcePtr FindDesired(const ResourceKey& key) const;
  std::vector<std::string> UsersOf(const ResourceKey& key) const;

  const Parts parts_;
};

}  // namespace mooring::cli
