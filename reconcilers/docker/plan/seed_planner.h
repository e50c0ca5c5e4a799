// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about filling its new volumes. A volume that is being filled
// has a second one beside it, its mark, from before it is made until it is full: so the engine
// itself knows what is half done, whatever Mooring has forgotten. Pure.
#pragma once

#include <string>

#include "controller/resource/resource.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Fills in app.seeds.
void ParseSeeds(const Resource& resource, AppSpec& app);

/// The name of a volume's mark.
std::string MarkOf(const std::string& volume);
/// Whether the volume is a mark.
bool IsMark(const VolumeInfo& volume);

/// Whether the volume is made, or made anew, by PlanSeeds.
bool IsToBeFilled(const AppContext& context, const VolumeSpec& volume);

/// After the services are planned: volumes are filled before the first container that mounts them
/// is made.
void PlanSeeds(AppContext& context);

}  // namespace mooring::docker
