// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/resource.h"

#include "controller/base/digest.h"

namespace mooring {

SourceLocation Resource::LocationOf(std::string pointer) const {
  while (true) {
    if (const auto found = marks.find(pointer); found != marks.end()) return found->second;
    const size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return source;
    pointer.resize(slash);
  }
}

std::string SpecDigest(const Json& spec, const Json& derived) {
  return "sha256:" +
         Sha256Hex(
             Json::array({spec, derived}).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace mooring
