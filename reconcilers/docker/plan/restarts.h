// SPDX-License-Identifier: Apache-2.0
// spec.restartedAt: each value that the field did not have before replaces every container once.
// The proof stands on the containers, so that a lost store restarts nothing; what was adopted has
// none, and is remembered by the status. Used by AppPlanner and ServicePlanner only.
#pragma once

#include <string>

namespace mooring::docker {

struct AppContext;
struct Candidate;

/// What was acted on before, from the containers and from the status.
void RecallRestarts(AppContext& context);
/// Makes the container outdated if it is to be replaced once for the value.
void FollowRestart(AppContext& context, Candidate& candidate);
/// For label::kRestarted of a new container; empty: the App was never told to restart.
std::string RestartLabel(const AppContext& context);
/// Puts into the status what was acted on, and the value of now if every container was `looked` at
/// and none has to go for it any more.
void RememberRestarts(AppContext& context, bool looked);

}  // namespace mooring::docker
