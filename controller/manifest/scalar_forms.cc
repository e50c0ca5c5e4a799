// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/scalar_forms.h"

#include <algorithm>

namespace mooring::manifest {
namespace {

bool IsWholeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 19 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void SettleScalar(Node& node, const Schema& schema) {
  if (schema.short_syntax.empty()) return;
  if (schema.type == Schema::Type::kString) node.type = Node::Type::kString;
  if (schema.type == Schema::Type::kInteger && node.IsString() && IsWholeNumber(node.text))
    node.type = Node::Type::kInteger;
}

}  // namespace

void SettleScalars(Node& node, const Schema& schema) {
  if (node.IsScalar()) return SettleScalar(node, schema);
  if (node.IsMap() && schema.reference != nullptr) return SettleScalars(node, *schema.reference);
  for (Member& m : node.members) {
    const Schema* inside = schema.has_fields ? schema.Find(m.key) : schema.each.get();
    if (inside != nullptr) SettleScalars(m.value, *inside);
  }
  for (Node& item : node.items) {
    if (schema.each != nullptr) SettleScalars(item, *schema.each);
  }
}

}  // namespace mooring::manifest
