// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/repository_path.h"

#include "controller/base/text.h"

namespace mooring::manifest {

std::optional<std::string> ResolvePath(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts = Split(path, '/');
  parts.pop_back();
  for (const std::string& part : Split(target, '/')) {
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  return Join(parts, "/");
}

}  // namespace mooring::manifest
