// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about volumes: they are made, and never changed or removed.
// Used by AppPlanner only.
#pragma once

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Adds the volumes that are missing. The plan is blocked where one that is there cannot be what
/// the spec means.
void PlanVolumes(AppContext& context);

/// False when the service mounts one that it must not get: not there, or somebody else's. The
/// engine would make an empty one in the place of the first. REQUIRES: PlanVolumes was called.
bool HasItsVolumes(const AppContext& context, const ServiceSpec& service);

/// POST /volumes/create of the volume.
Json VolumeBody(const AppContext& context, const VolumeSpec& volume);

}  // namespace mooring::docker
