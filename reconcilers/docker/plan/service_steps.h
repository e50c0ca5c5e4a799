// SPDX-License-Identifier: Apache-2.0
// What the plans of services and of jobs have in common. Used within one Plan call.
#pragma once

#include <string>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Adds the pull of the service's image where its pull_policy asks for it. False when no container
/// can be made yet: the image is not here, and a pull is planned, or the plan is blocked.
bool EnsureImage(AppContext& context, const ServiceSpec& service);

/// The labels of each container that is made for the service.
Json ServiceLabels(const AppContext& context, const ServiceSpec& service);

/// Lets the plan wait for this as well; the first reason that says more than Progressing stays.
void AddWait(ResourcePlan& plan, std::string reason, std::string message, Duration look_again);

}  // namespace mooring::docker
