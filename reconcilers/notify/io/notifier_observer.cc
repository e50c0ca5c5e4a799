// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/io/notifier_observer.h"

namespace mooring::notify {

Result<std::shared_ptr<const Observation>> NotifierObserver::Observe(const ResourceKey& key,
                                                                     const Resource*,
                                                                     std::stop_token) {
  auto seen = std::make_shared<NotifierObservation>();
  if (state_of_) seen->state = state_of_(key);
  return seen;
}

}  // namespace mooring::notify
