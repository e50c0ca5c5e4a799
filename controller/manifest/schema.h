// SPDX-License-Identifier: Apache-2.0
// The schemas of crds/ as values. Built once from the embedded text, immutable, thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/manifest/format.h"

namespace mooring::manifest {

struct Property;

struct Schema {
  enum class Type { kString, kInteger, kBoolean, kMap, kList };

  Type type = Type::kMap;
  std::string description;
  std::string default_text;  ///< as YAML or in words; empty = none
  std::string unit;
  std::string effect;
  std::string short_syntax;
  std::string key;  ///< what the keys of a free map are: "service"
  std::vector<std::string> examples;
  std::vector<std::string> values;             ///< the only ones allowed; empty = any
  std::map<std::string, std::string> refused;  ///< value, or field of a map -> why not
  std::vector<std::string> required;
  std::vector<std::string> exactly_one;
  const Format* format = nullptr;
  const Format* key_format = nullptr;
  std::optional<long long> minimum;
  std::optional<long long> maximum;
  size_t min_items = 0;
  bool unique_items = false;
  std::vector<Property> properties;    ///< in the order of the file
  std::unique_ptr<const Schema> each;  ///< of a free map or a list: every value
  /// Of a text: the map that may stand in its place and says where it is. Null: none may.
  std::unique_ptr<const Schema> reference;
  bool has_fields = false;  ///< fields are known by name; else a free map
  /// A key that a later release gives its effect: until then it does nothing, or is refused because
  /// doing nothing about it is not safe.
  enum class Later { kNo, kIgnored, kRefused };
  Later later = Later::kNo;

  const Schema* Find(std::string_view property) const;
  bool Requires(std::string_view property) const;
  std::vector<std::string> PropertyNames() const;
};

struct Property {
  std::string name;
  Schema schema;
};

struct Kind {
  std::string name;
  bool in_namespace = true;  ///< false: its name is unique in the whole fleet
  Schema schema;             ///< of the whole document
};

/// All kinds of this release, by name.
const std::vector<Kind>& Kinds();
const Kind* FindKind(std::string_view name);
/// The daemon's own file, as a kind named "config"; not among Kinds().
const Kind& ConfigKind();
/// .mooring/policy.yaml, as a kind named "policy"; not among Kinds().
const Kind& PolicyKind();
/// "App, Site"
std::string KindNames();

/// "string", "list of string", "map of service to object": the type as people read it.
std::string TypeText(const Schema& schema);

}  // namespace mooring::manifest
