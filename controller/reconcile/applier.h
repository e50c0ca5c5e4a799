// SPDX-License-Identifier: Apache-2.0
// The half of a reconciler that writes to the host. Only controller/runtime's Executor calls it.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

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
  /// Performs the first of `changes`, which are to be done in this order, and as many of those that
  /// follow as can be done with it: what came of each. Where one failed, none after it was begun
  /// but those that this call had under way. REQUIRES: there is one.
  virtual std::vector<Result<Applied>> ApplySome(const ResourceKey& key,
                                                 std::span<const Change* const> changes,
                                                 std::stop_token stop) {
    return {Apply(key, *changes.front(), stop)};
  }
};

}  // namespace mooring
