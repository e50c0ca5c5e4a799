// SPDX-License-Identifier: Apache-2.0
// A host name belongs to one Site. Pure.
#pragma once

#include <vector>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

void CheckHostNames(const std::vector<ResourcePtr>& resources, Diagnostics& diagnostics);

}  // namespace mooring::expand
