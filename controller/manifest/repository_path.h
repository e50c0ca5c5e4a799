// SPDX-License-Identifier: Apache-2.0
// Paths as files of the repository write them. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mooring::manifest {

/// The path in the repository of what the file at `path` calls `target`; nullopt when that leads
/// out of the repository.
std::optional<std::string> ResolvePath(std::string_view path, std::string_view target);

}  // namespace mooring::manifest
