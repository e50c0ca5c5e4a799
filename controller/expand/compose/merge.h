// SPDX-License-Identifier: Apache-2.0
// How one file is laid over another, and what of a list counts as the same
// entry. Pure; works on the caller's trees.
#pragma once

#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/problems.h"

namespace mooring::compose {

/// Lays `over` over the model `base`.
void MergeModel(Node& base, Node over, Problems& problems);
/// Lays a service over the one that it extends.
void MergeService(Node& base, Node over, Problems& problems);

/// Takes the entries out of lists that a later one of the same name, target,
/// port, ... replaces.
void RemoveReplaced(Node& model, Problems& problems);

/// What a file says of places where !reset or !override stands.
struct Resets {
  std::vector<Path> paths;
};
/// Takes what is tagged !reset out of a tree, and remembers the places of both
/// tags.
Resets TakeResets(Node& root);
/// Removes from `model` what the places name.
void ApplyResets(const Resets& resets, Node& model);

}  // namespace mooring::compose
