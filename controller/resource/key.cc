// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/key.h"

#include "controller/base/text.h"

namespace mooring {

std::string ResourceKey::ToString() const {
  return ns.empty() ? kind + "/" + name : kind + "/" + ns + "/" + name;
}

std::optional<ResourceKey> ResourceKey::Parse(std::string_view text) {
  const std::vector<std::string> parts = Split(text, '/');
  if (parts.size() == 2 && !parts[0].empty() && !parts[1].empty()) {
    return ResourceKey{parts[0], "", parts[1]};
  }
  if (parts.size() == 3 && !parts[0].empty() && !parts[1].empty() && !parts[2].empty()) {
    return ResourceKey{parts[0], parts[1], parts[2]};
  }
  return std::nullopt;
}

}  // namespace mooring
