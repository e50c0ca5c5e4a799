// SPDX-License-Identifier: Apache-2.0
// What every store does with events: how many it keeps and which updates it refuses. Pure.
#pragma once

#include <cstddef>

#include "controller/base/error.h"
#include "controller/resource/status.h"

namespace mooring {

struct StoreLimits {
  size_t max_events = 10'000;  ///< the oldest are dropped beyond it
};

/// Whether `update` may replace `existing`, null if there is none. NotFound: the event was dropped.
Status CheckEventUpdate(const Event* existing, const Event& update);

}  // namespace mooring
