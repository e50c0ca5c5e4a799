// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/paths.h"

#include <filesystem>

namespace mooring::cli {

std::string ResolvePath(const std::string& path) {
  std::error_code error;
  const auto resolved = std::filesystem::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

}  // namespace mooring::cli
