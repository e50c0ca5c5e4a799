// SPDX-License-Identifier: Apache-2.0
#include "controller/base/json_pointer.h"

#include "controller/base/text.h"

namespace mooring {

std::string EscapePointer(std::string_view name) {
  std::string part;
  for (const char c : name) {
    if (c == '~') part += "~0";
    if (c == '/') part += "~1";
    if (c != '~' && c != '/') part += c;
  }
  return part;
}

std::string UnescapePointer(std::string_view part) {
  std::string name;
  for (size_t i = 0; i < part.size(); ++i) {
    const bool escape = part[i] == '~' && i + 1 < part.size();
    name += !escape ? part[i] : part[++i] == '1' ? '/' : '~';
  }
  return name;
}

std::vector<std::string> PointerNames(std::string_view pointer) {
  std::vector<std::string> names;
  if (pointer.empty()) return names;
  for (const std::string& part : Split(pointer.substr(1), '/'))
    names.push_back(UnescapePointer(part));
  return names;
}

}  // namespace mooring
