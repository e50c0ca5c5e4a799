// SPDX-License-Identifier: Apache-2.0
// Where a path of this host leads. Thread-safe.
#pragma once

#include <string>

namespace mooring::cli {

/// `path` with symlinks followed as far as it exists; the rest as it is.
std::string ResolvePath(const std::string& path);

}  // namespace mooring::cli
