// SPDX-License-Identifier: Apache-2.0
// What of a spec an older engine does not know, and would leave out without a word. Pure.
#pragma once

#include <optional>
#include <string>

#include "controller/base/error.h"
#include "reconcilers/docker/plan/app_spec.h"

namespace mooring::docker {

/// Whether anything in the spec needs more than the oldest engine.
bool NeedsNewerEngine(const AppSpec& app);

/// FailedPrecondition/InvalidSpec that names the first field which an engine of this API lacks.
Status CheckEngineHas(const AppSpec& app, const std::string& api);

}  // namespace mooring::docker
