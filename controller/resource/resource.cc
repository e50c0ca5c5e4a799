// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/resource.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/json_pointer.h"

namespace mooring {
namespace {

/// A value and all below it.
size_t CountValues(const Json& value) {
  size_t count = 1;
  if (value.is_structured()) {
    for (const Json& item : value) count += CountValues(item);
  }
  return count;
}

}  // namespace

const std::string& Resource::FileOf(uint8_t number) const {
  if (number == 1) return overlay;
  const size_t index = number < 2 ? model_files.size() : static_cast<size_t>(number) - 2;
  return index < model_files.size() ? model_files[index] : source.file;
}

SourceLocation Resource::LocationOf(std::string_view pointer) const {
  const Json* value = &spec;
  size_t mark = 0;
  while (!pointer.empty()) {
    const size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string part = UnescapePointer(pointer.substr(1, end - 1));
    pointer.remove_prefix(end);
    size_t next = mark + 1;
    const Json* child = nullptr;
    for (const auto& [name, item] : value->items()) {
      if (!value->is_structured()) break;
      if (name == part) {
        child = &item;
        break;
      }
      next += CountValues(item);
    }
    if (child == nullptr) break;
    value = child;
    mark = next;
  }
  if (mark >= marks.size()) return source;
  const SourceMark& place = marks[mark];
  return {FileOf(place.file), place.line, place.column};
}

std::string SpecDigest(const Json& spec, const Json& derived, const std::string& files) {
  Json all = Json::array({spec, derived});
  if (!files.empty()) all.push_back(files);
  return "sha256:" + Sha256Hex(all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace mooring
