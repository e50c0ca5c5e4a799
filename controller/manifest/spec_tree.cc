// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/spec_tree.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace mooring::manifest {
namespace {

Json ToScalar(const Node& node) {
  switch (node.type) {
    case Node::Type::kBool:
      return node.text[0] == 't' || node.text[0] == 'T';
    case Node::Type::kInteger: {
      long long value = 0;
      std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
      return value;
    }
    default:
      return node.text;
  }
}

Node ScalarNode(const Json& value) {
  Node node;
  if (value.is_boolean()) {
    node.type = Node::Type::kBool;
    node.text = value.get<bool>() ? "true" : "false";
  } else if (value.is_number_integer()) {
    node.type = Node::Type::kInteger;
    node.text = value.dump();
  } else if (value.is_string()) {
    node.type = Node::Type::kString;
    node.text = value.get<std::string>();
  }
  return node;
}

Node TreeFrom(const Json& value, const std::vector<SourceMark>& marks, size_t& next) {
  Node node = value.is_object()  ? Node::Map({})
              : value.is_array() ? Node::Sequence({})
                                 : ScalarNode(value);
  if (next < marks.size())
    node.at = {marks[next].line, marks[next].column, static_cast<int>(marks[next].file)};
  ++next;
  if (value.is_object()) {
    for (auto item = value.begin(); item != value.end(); ++item)
      node.Add(item.key(), TreeFrom(item.value(), marks, next));
  } else if (value.is_array()) {
    for (const Json& item : value) node.items.push_back(TreeFrom(item, marks, next));
  }
  return node;
}

}  // namespace

Json ToJson(Node& node, std::vector<SourceMark>& marks) {
  constexpr int kLastColumn = std::numeric_limits<uint16_t>::max();
  constexpr int kLastFile = std::numeric_limits<uint8_t>::max();
  marks.push_back({node.at.line, static_cast<uint16_t>(std::min(node.at.column, kLastColumn)),
                   static_cast<uint8_t>(std::min(node.at.file, kLastFile))});
  if (node.IsMap()) {
    std::sort(node.members.begin(), node.members.end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    Json::object_t map;
    for (Member& m : node.members) {
      map.emplace_hint(map.end(), m.key, ToJson(m.value, marks));
    }
    return map;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (Node& item : node.items) list.push_back(ToJson(item, marks));
    return list;
  }
  return ToScalar(node);
}

Node ToTree(const Json& value, const std::vector<SourceMark>& marks) {
  size_t next = 0;
  return TreeFrom(value, marks, next);
}

}  // namespace mooring::manifest
