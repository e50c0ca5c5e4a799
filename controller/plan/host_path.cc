// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/host_path.h"

#include <filesystem>

namespace mooring {

std::string ResolveHostPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

}  // namespace mooring
