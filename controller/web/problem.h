// SPDX-License-Identifier: Apache-2.0
// Errors as RFC 9457 problem details. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/web/message.h"

namespace mooring::web {

/// "Not Found"; the phrase of RFC 9110, "Error" for a status that has none here.
std::string_view StatusPhrase(int status);

/// An application/problem+json answer: type, title, status, detail, and `code` if it is not empty.
Response Problem(int status, std::string_view detail, std::string_view code = "");

}  // namespace mooring::web
