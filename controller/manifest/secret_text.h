// SPDX-License-Identifier: Apache-2.0
// The Secrets of a YAML text that was opened: their values. Pure; thread-safe.
#pragma once

#include <map>
#include <string>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"
#include "controller/resource/key.h"

namespace mooring::manifest {

/// spec.data of each Secret in `clear`. An error says that it is no such text, and nothing of what
/// stands in it.
Result<std::map<ResourceKey, std::map<std::string, SecretString>>> SecretsInText(
    const SecretString& clear);

}  // namespace mooring::manifest
