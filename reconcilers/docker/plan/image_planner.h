// SPDX-License-Identifier: Apache-2.0
// The images of an App: what is pulled, whether a tag has moved at its registry, and what is
// removed once newer versions run. Used within one Plan call.
#pragma once

#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// Adds the pull of the service's image where its pull_policy asks for it, or where the App follows
/// digests and its tag has moved. False when the image is not here and may not be pulled: the plan
/// is blocked.
bool EnsureImage(AppContext& context, const ServiceSpec& service);

/// The same for containers that need none: only what has moved is pulled.
void FollowTag(AppContext& context, const ServiceSpec& service);

/// What the status says of images, and the removal of those that are not kept. To be called when
/// all else is planned; `app_goes`: none is kept.
void PlanImages(AppContext& context, bool app_goes);

}  // namespace mooring::docker
