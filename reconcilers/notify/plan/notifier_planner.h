// SPDX-License-Identifier: Apache-2.0
// Says how a Notifier's channel does; there is never anything to change. Pure and thread-safe.
#pragma once

#include "controller/reconcile/reconciler.h"

namespace mooring::notify {

class NotifierPlanner final : public Planner {
 public:
  ResourcePlan Plan(const PlanInput& input) const override;
};

}  // namespace mooring::notify
