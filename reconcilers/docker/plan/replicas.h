// SPDX-License-Identifier: Apache-2.0
// How many containers a service has, and shall have where `autoscale` says between what. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

/// Its containers of whichever spec, but for runs of a job and those that are being removed.
std::vector<const ObservedContainer*> ContainersOf(const AppObservation& seen,
                                                   const std::string& service);

/// The highest number that one of its containers has; 0: there is none.
int HighestReplica(const AppObservation& seen, const std::string& service);

/// Gives each service with `autoscale` the count that is held for it; where none is, as after a
/// start of the daemon and in a preview without one, what is there.
void HoldReplicas(const AppObservation& seen, AppSpec& app);

}  // namespace mooring::docker
