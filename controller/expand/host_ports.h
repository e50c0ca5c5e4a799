// SPDX-License-Identifier: Apache-2.0
// A port of the host is published once. Pure.
#pragma once

#include <vector>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

void CheckHostPorts(const std::vector<ResourcePtr>& resources, Diagnostics& diagnostics);

}  // namespace mooring::expand
