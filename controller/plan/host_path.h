// SPDX-License-Identifier: Apache-2.0
// Follows symlinks on this host, for Policy in the daemon and in `mooring plan`. Thread-safe.
#pragma once

#include <string>

namespace mooring {

/// Where `path` leads; what does not exist, or may not be looked at, is kept as it is written.
std::string ResolveHostPath(const std::string& path);

}  // namespace mooring
