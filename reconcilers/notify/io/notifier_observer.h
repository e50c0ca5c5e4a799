// SPDX-License-Identifier: Apache-2.0
// Looks at how a Notifier's channel does. Thread-safe.
#pragma once

#include "controller/reconcile/reconciler.h"
#include "reconcilers/notify/plan/observation.h"

namespace mooring::notify {

class NotifierObserver final : public Observer {
 public:
  using StateOf = std::function<DeliveryState(const ResourceKey&)>;
  /// A preview has no channels: without `state_of` each does well.
  void ReadFrom(StateOf state_of) { state_of_ = std::move(state_of); }

  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                     const Resource* desired,
                                                     std::stop_token stop) override;
  Status Refresh(std::stop_token) override { return {}; }
  Result<std::vector<ResourceKey>> Owned(std::stop_token) override {
    return std::vector<ResourceKey>();
  }

 private:
  StateOf state_of_;
};

}  // namespace mooring::notify
