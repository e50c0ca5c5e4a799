// SPDX-License-Identifier: Apache-2.0
// An App whose `state` is Stopped: its containers are stopped and kept, and nothing new is made.
// Used by AppPlanner only; within one Plan call.
#pragma once

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Takes from the status which containers were stopped with the App; those that still are shall
/// start again.
void RecallStopped(AppContext& context);

/// Adds the changes of a stopped App.
void PlanStopped(AppContext& context);

/// What the status says of a stopped App. After the plan was summed up.
void DescribeStopped(AppContext& context);

}  // namespace mooring::docker
