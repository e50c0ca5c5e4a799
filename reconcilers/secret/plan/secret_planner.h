// SPDX-License-Identifier: Apache-2.0
// Compares what a Secret says with what was applied of it. Pure and thread-safe.
#pragma once

#include "controller/reconcile/reconciler.h"

namespace mooring::secret {

class SecretPlanner final : public Planner {
 public:
  ResourcePlan Plan(const PlanInput& input) const override;
};

}  // namespace mooring::secret
