// SPDX-License-Identifier: Apache-2.0
// Places for a spec that no file gave: for tests that look at where a finding points. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring {

/// Marks of `spec` in which the values at the pointers of `places` have those places, and every
/// other value has that of the value it stands in.
std::vector<SourceMark> MarksFor(const Json& spec, const std::map<std::string, SourceMark>& places);

}  // namespace mooring
