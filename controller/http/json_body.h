// SPDX-License-Identifier: Apache-2.0
// A request body as JSON. Pure. Internal to this folder.
#pragma once

#include <string>

#include "controller/base/error.h"
#include "controller/resource/resource.h"

namespace mooring::http {

/// Parses what comes from outside: small text must not become a huge tree. InvalidArgument when it
/// is no JSON object.
Result<Json> ParseJsonObject(const std::string& body);

}  // namespace mooring::http
