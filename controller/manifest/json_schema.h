// SPDX-License-Identifier: Apache-2.0
// The schemas of crds/ as JSON Schema 2020-12, for editors. They accept the short syntax, too, and
// see less than `mooring validate`: no references, no rules over several fields. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/manifest/schema.h"

namespace mooring::manifest {

/// Documents of one kind.
nlohmann::ordered_json JsonSchemaOf(const Kind& kind);
/// Documents of any kind, told apart by their `kind`.
nlohmann::ordered_json JsonSchemaOfAll();

}  // namespace mooring::manifest
