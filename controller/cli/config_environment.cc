// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config_environment.h"

#include "controller/base/text.h"
#include "controller/manifest/config_keys.h"
#include "controller/manifest/text_check.h"

namespace mooring::cli {
namespace {

using manifest::ConfigKey;
using manifest::Node;
using manifest::Position;
using manifest::Schema;

/// Variables of others: secrets that a provider reads, and switches of tests and of the build.
constexpr std::string_view kForeign[] = {"MOORING_SECRET_", "MOORING_TEST_"};

bool IsForeign(const std::string& variable) {
  return std::ranges::any_of(kForeign,
                             [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

void Place(Node& node, Position at) {
  node.at = at;
  for (Node& item : node.items) Place(item, at);
  for (manifest::Member& member : node.members) {
    member.key_at = at;
    Place(member.value, at);
  }
}

/// A text is taken as it is, a list of texts parted at its commas; what is made of more is YAML.
Node ValueOf(const Schema& schema, const std::string& text, Position at) {
  Node node = Node::String(at, text);
  const bool of_texts = schema.each != nullptr && schema.each->type == Schema::Type::kString;
  switch (schema.type) {
    case Schema::Type::kString:
      break;
    case Schema::Type::kInteger:
    case Schema::Type::kBoolean:
      node.type = manifest::PlainType(text);
      break;
    case Schema::Type::kMap:
    case Schema::Type::kList:
      if (of_texts) {
        node = Node::Sequence(at);
        if (Trimmed(text).empty()) break;
        for (const std::string& part : Split(text, ',')) {
          node.items.push_back(Node::String(at, Trimmed(part)));
        }
        break;
      }
      // What is no YAML stays a text, about which the schema complains.
      if (auto parsed = manifest::ParseYaml("", text, {});
          parsed.diagnostics.empty() && parsed.documents.size() == 1) {
        node = std::move(parsed.documents.front().root);
        Place(node, at);
      }
  }
  return node;
}

/// The map under `key`, made if there is none. nullptr: something else stands there.
Node* MapAt(Node& holder, const std::string& key, Position at) {
  Node* found = holder.Find(key);
  if (found == nullptr) {
    holder.Add(key, Node::Map(at));
    return holder.Find(key);
  }
  if (found->IsNull()) *found = Node::Map(at);
  return found->IsMap() ? found : nullptr;
}

Node* FirstSource(Node& root, Position at) {
  Node* list = root.Find("sources");
  if (list == nullptr) {
    root.Add("sources", Node::Sequence(at));
    list = root.Find("sources");
  }
  if (list->IsNull()) *list = Node::Sequence(at);
  if (!list->IsSequence()) return nullptr;
  if (list->items.empty()) list->items.push_back(Node::Map(at));
  Node& first = list->items.front();
  return first.IsMap() ? &first : nullptr;
}

void Put(Node& holder, const std::string& name, Node value) {
  if (Node* old = holder.Find(name)) {
    *old = std::move(value);
  } else {
    holder.Add(name, std::move(value));
  }
}

void Lay(const ConfigKey& key, Node value, Node& root) {
  const Position at = value.at;
  Node* holder = &root;
  const Schema* schema = &manifest::ConfigKind().schema;
  for (size_t i = 0; i + 1 < key.path.size() && holder != nullptr; ++i) {
    schema = schema->Find(key.path[i]);
    const bool is_list = schema->each != nullptr;
    holder = is_list ? FirstSource(*holder, at) : MapAt(*holder, key.path[i], at);
    if (is_list) schema = schema->each.get();
  }
  if (holder == nullptr) return;  // the schema says what is wrong with the file
  if (!schema->exactly_one.empty()) {
    // The variable stands in place of what the file has.
    std::erase_if(holder->members, [](const manifest::Member& m) { return m.value.at.line >= 0; });
  }
  Put(*holder, key.path.back(), std::move(value));
}

std::string UnknownVariable(const std::string& name) {
  std::vector<std::string> known;
  for (const ConfigKey& key : manifest::ConfigKeys()) known.push_back(key.variable);
  const std::string near = Nearest(name, known);
  return fmt::format("unknown variable {}{}", name,
                     near.empty() ? "; the variable of a key: mooring explain config.<key>"
                                  : fmt::format("; did you mean {}?", near));
}

}  // namespace

Overlay LayOver(const Environment& environment, Node& root) {
  Overlay overlay;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with("MOORING_") || IsForeign(name)) continue;
    const auto& keys = manifest::ConfigKeys();
    const auto key = std::ranges::find(keys, name, &ConfigKey::variable);
    if (key == keys.end()) {
      overlay.warnings.push_back(UnknownVariable(name));
      continue;
    }
    overlay.variables.push_back(name);
    const Position at{-static_cast<int>(overlay.variables.size()), 0};
    if (root.IsNull()) root = Node::Map(at);
    if (root.IsMap()) Lay(*key, ValueOf(*key->schema, text, at), root);
  }
  return overlay;
}

}  // namespace mooring::cli
