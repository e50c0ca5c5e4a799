// SPDX-License-Identifier: Apache-2.0
// What the parts of an App's plan have in common. Used within one Plan call.
#pragma once

#include <string>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// A step on the host and why; `object` is what people read.
Change MakeChange(std::string object, Action action, std::string reason,
                  DockerOperation::Step step);

/// As the engine would have it: what the container was made with, else 10 s.
Duration GraceOf(const ObservedContainer& container);

/// Whether a label of the service says that it is not to be touched.
bool IsLeftAlone(const ServiceSpec& service);

/// The labels of each container that is made for the service.
Json ServiceLabels(const AppContext& context, const ServiceSpec& service);

/// Lets the plan wait for this as well; the first reason that says more than Progressing stays.
void AddWait(ResourcePlan& plan, std::string reason, std::string message, Duration look_again);

}  // namespace mooring::docker
