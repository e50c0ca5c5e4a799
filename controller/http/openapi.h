// SPDX-License-Identifier: Apache-2.0
// The API's own description, as embedded. Immutable.
#pragma once

#include <string_view>

namespace mooring::http {

/// OpenAPI 3.1, as JSON.
extern const std::string_view kOpenApi;

}  // namespace mooring::http
