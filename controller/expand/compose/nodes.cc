// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/nodes.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::compose {

bool Matches(const Path& path, std::string_view pattern) {
  for (size_t i = 0; i < path.size(); ++i) {
    const size_t dot = pattern.find('.');
    const std::string_view part = pattern.substr(0, dot);
    const bool last = dot == std::string_view::npos;
    if ((part != "*" && part != path[i]) || last != (i + 1 == path.size())) return false;
    if (!last) pattern.remove_prefix(dot + 1);
  }
  return !path.empty();
}

std::string PathText(const Path& path) {
  std::string text;
  for (const std::string& part : path) {
    if (!text.empty() && part != "[]") text += '.';
    text += part;
  }
  return text;
}

const Member* FindMember(const Node& map, std::string_view key) {
  for (const Member& m : map.members) {
    if (m.key == key) return &m;
  }
  return nullptr;
}

void Set(Node& map, std::string_view key, Node value) {
  const Position at = value.at;
  Set(map, key, at, std::move(value));
}

void Set(Node& map, std::string_view key, Position key_at, Node value) {
  if (Node* there = map.Find(key)) {
    *there = std::move(value);
    return;
  }
  map.members.push_back({std::string(key), key_at, std::move(value)});
}

bool Erase(Node& map, std::string_view key) {
  return std::erase_if(map.members, [&](const Member& m) { return m.key == key; }) > 0;
}

Node MakeBool(Position at, bool value) {
  Node node = Node::String(at, value ? "true" : "false");
  node.type = Node::Type::kBool;
  return node;
}

bool SameValue(const Node& a, const Node& b) {
  if (a.type != b.type || a.members.size() != b.members.size() || a.items.size() != b.items.size())
    return false;
  if (a.IsScalar() && a.text != b.text) return false;
  for (const Member& m : a.members) {
    const Node* other = b.Find(m.key);
    if (other == nullptr || !SameValue(m.value, *other)) return false;
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!SameValue(a.items[i], b.items[i])) return false;
  }
  return true;
}

std::string ScalarText(const Node& node) { return node.IsNull() ? "<nil>" : node.text; }

}  // namespace mooring::compose
