// SPDX-License-Identifier: Apache-2.0
// In which order containers of an App are stopped: who depends on others goes before them. Used
// within one Plan call.
#pragma once

#include <vector>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Puts the order of the spec into what is remembered, for the day on which the spec is gone.
void RememberStopOrder(AppContext& context);

/// The App's containers, each before those of services that its own depends on; as they were seen
/// when no service depends on another.
std::vector<const ObservedContainer*> InStopOrder(const AppContext& context);

}  // namespace mooring::docker
