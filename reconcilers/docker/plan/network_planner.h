// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about its networks beside the own one, and about networks that
// are no more as the spec wants them. Used by AppPlanner and ServicePlanner only.
#pragma once

#include <string>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Adds what the App's other networks need. False: containers cannot be planned in this run.
bool PlanOtherNetworks(AppContext& context);

/// Removes a network that must be made anew, and the App's containers that are in it first.
void PlanNetworkAnew(AppContext& context, const NetworkInfo& network, const std::string& field);

/// The App's own networks beside `default`, of which nothing in the spec is left.
void PlanGoneNetworks(AppContext& context);

/// Found on the engine, by its name; null: not there.
const NetworkInfo* FindOther(const AppObservation& seen, const std::string& name);

/// Whose a thing with our name is, for a message: "of the Mooring instance demo", or "that Mooring
/// did not make".
std::string OwnerText(const AppContext& context, const std::map<std::string, std::string>& labels);

/// Labels that say that a network or volume is this App's.
Json OwnerLabels(const AppContext& context);
bool IsOurs(const AppContext& context, const std::map<std::string, std::string>& labels);

}  // namespace mooring::docker
