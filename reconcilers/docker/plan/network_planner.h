// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about networks: its own, those beside it, and those that are no
// more as the spec wants them. Used by AppPlanner and ServicePlanner only.
#pragma once

#include <string>

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Adds what the App's own network needs, and finds its subnet. False: containers cannot be planned
/// in this run.
bool PlanOwnNetwork(AppContext& context);

/// Adds what the App's other networks need. False: containers cannot be planned in this run.
bool PlanOtherNetworks(AppContext& context);

/// Those beside the own one of which nothing in the spec is left; `why`: for a person.
void PlanGoneNetworks(AppContext& context, const std::string& why);

/// Found on the engine, by its name, ours before any other; null: not there.
const NetworkInfo* FindOther(const AppContext& context, const std::string& name);

/// Whose a thing with our name is, for a message: "of the Mooring instance demo", or "that Mooring
/// did not make".
std::string OwnerText(const AppContext& context, const std::map<std::string, std::string>& labels);

/// Labels that say that a network or volume is this App's.
Json OwnerLabels(const AppContext& context);
bool IsOurs(const AppContext& context, const std::map<std::string, std::string>& labels);

}  // namespace mooring::docker
