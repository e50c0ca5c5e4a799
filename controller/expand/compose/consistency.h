// SPDX-License-Identifier: Apache-2.0
// What must fit together in a project: names that are used and declared, values
// that are said twice. Pure.
#pragma once

#include <set>
#include <string>

#include "controller/expand/compose/problems.h"

namespace mooring::compose {

/// `disabled`: the services that no profile chose; they are not in `root` any
/// more.
void CheckConsistency(const Node& root, const std::set<std::string>& disabled, Problems& problems);

}  // namespace mooring::compose
