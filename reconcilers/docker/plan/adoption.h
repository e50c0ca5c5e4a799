// SPDX-License-Identifier: Apache-2.0
// What of an App's plan is about a Compose project that it takes over: `spec.adopt`. Used by
// AppPlanner and ServicePlanner only.
#pragma once

#include <string>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// The mark that an adopted container of this App has at its endpoint.
std::string MarkOf(const AppContext& context);

/// A container of the project that has not become the App's own yet.
bool IsNewcomer(const AppContext& context, const ObservedContainer& container);

/// A volume that the App's spec names and the project made.
bool IsOfAdoptedProject(const AppContext& context, const VolumeInfo& volume);

/// Adds to the plan, once its services are planned: networks that the project has left, and what
/// the reader must know.
void PlanAdoption(AppContext& context);

}  // namespace mooring::docker
