// SPDX-License-Identifier: Apache-2.0
// A tree as the Json of a spec with the places of its values, and back. Pure; thread-safe.
#pragma once

#include <vector>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

/// The value, and the places of it and of all below it in the order in which Json iterates. Sorts
/// the members of `node`.
Json ToJson(Node& node, std::vector<SourceMark>& marks);

/// The tree that gives this value and these places again.
Node ToTree(const Json& value, const std::vector<SourceMark>& marks);

}  // namespace mooring::manifest
