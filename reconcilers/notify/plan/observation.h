// SPDX-License-Identifier: Apache-2.0
// How a Notifier's channel does. Values.
#pragma once

#include <cstdint>
#include <string>

#include "controller/reconcile/reconciler.h"

namespace mooring::notify {

struct DeliveryState {
  uint64_t delivered = 0;  ///< messages, since the daemon started
  uint64_t waiting = 0;    ///< not delivered yet
  uint64_t dropped = 0;    ///< too old, or too many
  std::string failure;     ///< of the last try; empty: it worked, or there was none
  bool operator==(const DeliveryState&) const = default;
};

struct NotifierObservation final : Observation {
  DeliveryState state;
  bool exists() const override { return false; }  // there is nothing of it on the host
};

}  // namespace mooring::notify
