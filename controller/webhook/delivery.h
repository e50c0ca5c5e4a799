// SPDX-License-Identifier: Apache-2.0
// What the body of a push says. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::webhook {

struct Push {
  std::string ref;       ///< "refs/heads/main"
  bool deleted = false;  ///< the branch or tag is gone
};

/// `content_type` is as the header has it, empty for JSON; a form has the JSON in its field
/// "payload". InvalidArgument: another type, no JSON, or no ref in it.
Result<Push> ReadPush(std::string_view content_type, std::string_view body);

/// "branch main", "tag v1.4.0", for people: on one line, and not long.
std::string RefInWords(std::string_view ref);

}  // namespace mooring::webhook
