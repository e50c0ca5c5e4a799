// SPDX-License-Identifier: Apache-2.0
// Compose takes a number where a text is wanted, and a text with a number where a number is. What
// the schema allows to be written so is made what the schema says, in the tree and in its place.
// Pure; works on the caller's tree.
#pragma once

#include "controller/manifest/schema.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// Below `node`, which `schema` describes, scalars that have a short form become of their type.
void SettleScalars(Node& node, const Schema& schema);

}  // namespace mooring::manifest
