// SPDX-License-Identifier: Apache-2.0
// How the Caddy behind an admin socket was started. For `mooring doctor`.
#pragma once

#include <optional>
#include <string>

namespace mooring::cli {

/// Whether the process that listens on the unix socket `path` has --resume on its command line;
/// nullopt when that cannot be told, as of one in another PID namespace.
std::optional<bool> CaddyResumes(const std::string& path);

}  // namespace mooring::cli
