// SPDX-License-Identifier: Apache-2.0
#include "controller/queue/trigger.h"

namespace mooring {

std::string_view TriggerName(Trigger trigger) {
  static constexpr std::string_view kNames[kTriggers] = {"resync", "retry",    "schedule", "start",
                                                         "drift",  "revision", "human"};
  return kNames[static_cast<int>(trigger)];
}

}  // namespace mooring
