// SPDX-License-Identifier: Apache-2.0
// The half of a reconciler that writes to the host. Only controller/runtime's Executor calls it.
#pragma once

#include <stop_token>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/reconcile/change.h"
#include "controller/resource/key.h"

namespace mooring {

enum class Applied {
  kDone,
  kPending,  ///< accepted; a wake-up of the key follows when it is on the host or has failed
};

/// Thread-safe: workers apply changes of different keys at the same time.
class Applier {
 public:
  virtual ~Applier() = default;
  /// Performs `change`. Idempotent: doing it twice is doing it once. After DeadlineExceeded or
  /// Aborted the effect is unknown and the caller observes again. `revision` is informational.
  virtual Result<Applied> Apply(const ResourceKey& key, const Change& change,
                                std::stop_token stop) = 0;
};

}  // namespace mooring
