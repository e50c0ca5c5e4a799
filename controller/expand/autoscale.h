// SPDX-License-Identifier: Apache-2.0
// What an App's `autoscale` must agree on with its services. Looked at when the services are known,
// wherever they came from. Pure.
#pragma once

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// Adds a finding for each service that cannot be scaled as it is written.
void CheckAutoscale(const Resource& app, Diagnostics& diagnostics);

}  // namespace mooring::expand
