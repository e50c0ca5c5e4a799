// SPDX-License-Identifier: Apache-2.0
// Holds a merged tree against the vocabulary: unknown fields, wrong types,
// wrong values. Pure.
#pragma once

#include "controller/expand/compose/problems.h"

namespace mooring::compose {

void CheckVocabulary(const Node& model, Problems& problems);

}  // namespace mooring::compose
