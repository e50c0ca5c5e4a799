// SPDX-License-Identifier: Apache-2.0
// What a container has that an App's spec has no words for, in Compose's words. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

/// "privileged", "devices (/dev/ttyUSB0)"; `networks` are those that need no mention.
std::vector<std::string> ExportGaps(const Json& inspect, const std::vector<std::string>& networks);

}  // namespace mooring::docker
