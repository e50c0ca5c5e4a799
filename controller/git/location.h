// SPDX-License-Identifier: Apache-2.0
// Where a repository is, as people write it. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::git {

/// The path that a local path or a `file://` URL names. InvalidArgument for any other URL.
Result<std::string> PathOfLocation(std::string_view location);

}  // namespace mooring::git
