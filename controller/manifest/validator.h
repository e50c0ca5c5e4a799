// SPDX-License-Identifier: Apache-2.0
// Compares a document with the schema of its kind. Short syntax must be made long before. Pure; the
// findings go to the caller's list.
#pragma once

#include <string>

#include "controller/manifest/findings.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

void Validate(const Node& document, const Kind& kind, Findings& findings);

/// The same for the daemon's own file: every message names the key.
void ValidateConfig(const Node& document, Findings& findings);

}  // namespace mooring::manifest
