// SPDX-License-Identifier: Apache-2.0
// Replaces variables in the texts of a tree, and gives texts the type of their
// field. Pure.
#pragma once

#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/problems.h"
#include "controller/expand/compose/substitution.h"

namespace mooring::compose {

void Interpolate(Node& root, const Lookup& lookup, Problems& problems);

}  // namespace mooring::compose
