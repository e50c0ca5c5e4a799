// SPDX-License-Identifier: Apache-2.0
// One shape for each field of a merged model, and what is filled in. Pure;
// works on the caller's tree.
#pragma once

#include <string>

#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/substitution.h"

namespace mooring::compose {

/// Short syntax becomes long. `lenient`: what still has variables in it may
/// stay short.
void MakeCanonical(Node& model, bool lenient, Problems& problems);

/// What is filled in before the model is used at all: a port is tcp, a secret
/// lies in /run/secrets.
void AddDefaults(Node& model);

/// What rules there are beyond the vocabulary: attributes that exclude each
/// other.
void CheckRules(const Node& model, Problems& problems);

/// Implied networks, dependencies and names; values of variables that are only
/// named. Without a `project`, no name is implied but that of what is external.
void Normalise(Node& model, const std::string& project, const Lookup& environment);

/// [A] -> [A=value] in services, as far as the value is known: where the file
/// is, not where it is included.
void ResolveListedVariables(Node& model, const Lookup& environment);

}  // namespace mooring::compose
