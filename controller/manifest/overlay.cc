// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/overlay.h"

#include <algorithm>

namespace mooring::manifest {
namespace {

constexpr std::string_view kFolder = "overlays/";

Position In(int file, Position at) { return {at.line, at.column, file}; }

enum class Nulls { kLeaveOut, kKeep };

/// What takes a place that was empty: nulls in its maps remove nothing and are left out; a list is
/// taken as it is.
Node Copy(const Node& overlay, int file, Nulls nulls) {
  Node node;
  node.type = overlay.type;
  node.at = In(file, overlay.at);
  node.text = overlay.text;
  for (const Member& m : overlay.members) {
    if (m.value.IsNull() && nulls == Nulls::kLeaveOut) continue;
    node.members.push_back({m.key, In(file, m.key_at), Copy(m.value, file, nulls)});
  }
  for (const Node& item : overlay.items) node.items.push_back(Copy(item, file, Nulls::kKeep));
  return node;
}

}  // namespace

bool IsOverlay(std::string_view path) { return path.starts_with(kFolder); }

std::string_view EnvironmentOf(std::string_view path) {
  const std::string_view rest = path.substr(kFolder.size());
  const size_t slash = rest.find('/');
  return slash == std::string_view::npos ? "" : rest.substr(0, slash);
}

void MergeOver(Node& base, const Node& overlay, int file) {
  if (!base.IsMap() || !overlay.IsMap()) {
    base = Copy(overlay, file, Nulls::kLeaveOut);
    return;
  }
  for (const Member& m : overlay.members) {
    const auto found = std::find_if(base.members.begin(), base.members.end(),
                                    [&](const Member& b) { return b.key == m.key; });
    if (m.value.IsNull()) {
      if (found != base.members.end()) base.members.erase(found);
    } else if (found == base.members.end()) {
      base.members.push_back({m.key, In(file, m.key_at), Copy(m.value, file, Nulls::kLeaveOut)});
    } else {
      MergeOver(found->value, m.value, file);
    }
  }
}

}  // namespace mooring::manifest
