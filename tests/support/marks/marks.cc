// SPDX-License-Identifier: Apache-2.0
#include "tests/support/marks/marks.h"

namespace mooring {
namespace {

void AddMarks(const Json& value, const std::string& pointer, SourceMark inherited,
              const std::map<std::string, SourceMark>& places, std::vector<SourceMark>& marks) {
  if (const auto found = places.find(pointer); found != places.end()) inherited = found->second;
  marks.push_back(inherited);
  if (!value.is_structured()) return;
  for (const auto& [name, item] : value.items()) {
    AddMarks(item, pointer + "/" + name, inherited, places, marks);
  }
}

}  // namespace

std::vector<SourceMark> MarksFor(const Json& spec,
                                 const std::map<std::string, SourceMark>& places) {
  std::vector<SourceMark> marks;
  AddMarks(spec, "", {}, places, marks);
  return marks;
}

}  // namespace mooring
