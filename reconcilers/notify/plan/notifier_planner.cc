// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/plan/notifier_planner.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/notify/plan/observation.h"

namespace mooring::notify {
namespace {

constexpr Duration kLookAgain = std::chrono::minutes(1);

}  // namespace

ResourcePlan NotifierPlanner::Plan(const PlanInput& input) const {
  const DeliveryState& state = static_cast<const NotifierObservation&>(*input.observed).state;
  ResourcePlan plan{.key = *input.key};
  if (input.desired == nullptr) return plan;
  plan.healthy = state.failure.empty();
  plan.health_message = Count(state.delivered, "message") + " delivered";
  plan.details["messages"] = {
      {"delivered", state.delivered}, {"waiting", state.waiting}, {"dropped", state.dropped}};
  if (plan.healthy) return plan;
  plan.health_message = state.failure;
  plan.wait = Wait{reason::kDeliveryFailed,
                   fmt::format("{}; {} waiting", state.failure, Count(state.waiting, "message")),
                   kLookAgain};
  return plan;
}

}  // namespace mooring::notify
