// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about files of the repository: what is written, repaired and
// removed on the host, and which containers are told. Pure.
#pragma once

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// After the services are planned: what their new containers need is written before them.
void PlanFiles(AppContext& context);

/// Of an App that goes: everything but what its containers wrote.
void PlanFileRemoval(AppContext& context);

/// Whether there is anything of the App that PlanFileRemoval would remove.
bool HasRemovableFiles(const FilesView& files);

}  // namespace mooring::docker
