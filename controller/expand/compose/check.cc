// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/vocabulary.h"
#include "controller/manifest/compose_scalars.h"

namespace mooring::compose {
namespace {

uint16_t TypeOf(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return kNull;
    case Node::Type::kBool:
      return kBoolean;
    case Node::Type::kInteger:
      return kInteger;
    case Node::Type::kNumber: {
      // 2.0 is a whole number.
      const auto value = manifest::ReadFloat(node.text);
      return value && manifest::WholeOf(*value) ? kFraction | kInteger : kFraction;
    }
    case Node::Type::kString:
      return kString;
    case Node::Type::kMap:
      return kMapping;
    case Node::Type::kSequence:
      return kList;
  }
  return 0;
}

/// "a string, a number or a list"
std::string AcceptedText(uint16_t accepts) {
  std::vector<std::string> names;
  if ((accepts & kString) != 0) names.emplace_back("a string");
  if ((accepts & kFraction) != 0) {
    names.emplace_back("a number");
  } else if ((accepts & kInteger) != 0) {
    names.emplace_back("a whole number");
  }
  if ((accepts & kBoolean) != 0) names.emplace_back("true or false");
  if ((accepts & kMapping) != 0) names.emplace_back("a map");
  if ((accepts & kList) != 0) names.emplace_back("a list");
  std::string text = names.empty() ? "nothing" : names.back();
  if (names.size() > 1) {
    names.pop_back();
    text = Join(names, ", ") + " or " + text;
  }
  return text;
}

std::string TypeHint(uint16_t accepts, const Node& node) {
  if (accepts == kString && node.IsScalar()) return fmt::format("write \"{}\"", node.text);
  if (node.IsNull()) return "give it a value, or remove it";
  return fmt::format("write {}", AcceptedText(accepts));
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void Check(const Node& node, const Shape& shape) {
    if ((TypeOf(node) & shape.accepts) == 0) {
      RefuseType(node, shape.accepts);
      return;
    }
    CheckValue(node, shape);
    if (node.IsMap()) CheckMap(node, shape);
    if (node.IsSequence()) CheckList(node, shape);
  }

 private:
  void RefuseType(const Node& node, uint16_t accepts) {
    problems_.Add(node.at,
                  fmt::format("{} must be {}, got {}", PathText(path_), AcceptedText(accepts),
                              manifest::TypeName(node.type)),
                  TypeHint(accepts, node));
  }

  void CheckValue(const Node& node, const Shape& shape) {
    if (node.IsString() && !shape.values.empty() &&
        std::ranges::find(shape.values, node.text) == shape.values.end()) {
      const std::vector<std::string> values(shape.values.begin(), shape.values.end());
      const std::string near = Nearest(node.text, values);
      problems_.Add(node.at,
                    fmt::format("{} must be one of {}, got \"{}\"", PathText(path_),
                                Join(values, ", "), node.text),
                    near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
    }
    if (node.type != Node::Type::kInteger) return;
    const auto value = manifest::ReadDecimal(node.text);
    if (value && *value >= shape.minimum && *value <= shape.maximum) return;
    if (!value && shape.minimum == INT64_MIN) return;
    problems_.Add(node.at,
                  shape.maximum == INT64_MAX
                      ? fmt::format("{} must not be below {}", PathText(path_), shape.minimum)
                      : fmt::format("{} must be between {} and {}", PathText(path_), shape.minimum,
                                    shape.maximum),
                  fmt::format("it is {}", node.text));
  }

  void CheckMap(const Node& map, const Shape& shape) {
    if (!shape.fields.empty() &&
        (shape.as == As::kStruct || shape.as == As::kUlimit || shape.as == As::kBool)) {
      CheckStruct(map, shape);
      return;
    }
    if (shape.each == nullptr) return;
    for (const Member& m : map.members) {
      path_.push_back(m.key);
      if (KeyFits(m.key, shape.keys)) {
        Check(m.value, *shape.each);
      } else if (!shape.open) {
        problems_.Add(m.key_at, fmt::format("\"{}\" is not a name", m.key),
                      "use letters, digits, '.', '_' and '-'");
      }
      path_.pop_back();
    }
  }

  static bool KeyFits(std::string_view key, std::string_view keys) {
    if (keys.empty()) return true;
    const bool lower_only = keys == "[a-z]+";
    return !key.empty() && std::ranges::all_of(key, [&](char c) {
      if (c >= 'a' && c <= 'z') return true;
      if (lower_only) return false;
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
  }

  void CheckStruct(const Node& map, const Shape& shape) {
    for (const Member& m : map.members) {
      const Field* field = FindField(shape, m.key);
      if (field == nullptr) {
        if (!m.key.starts_with("x-") && !shape.open) RefuseField(m, shape);
        continue;
      }
      path_.push_back(m.key);
      Check(m.value, *field->shape);
      path_.pop_back();
    }
    for (const std::string_view name : shape.required) {
      if (map.Find(name) == nullptr) {
        problems_.Add(map.at, fmt::format("{} has no {}", PathText(path_), name),
                      fmt::format("add {}:", name));
      }
    }
  }

  void RefuseField(const Member& member, const Shape& shape) {
    std::vector<std::string> names;
    for (const Field& field : shape.fields) names.emplace_back(field.name);
    const std::string near = Nearest(member.key, names);
    problems_.Add(member.key_at,
                  path_.empty()
                      ? fmt::format("unknown field \"{}\"", member.key)
                      : fmt::format("unknown field \"{}\" in {}", member.key, PathText(path_)),
                  near.empty() ? "fields of your own begin with x-"
                               : fmt::format("did you mean \"{}\"?", near));
  }

  void CheckList(const Node& list, const Shape& shape) {
    const bool files = shape.as == As::kNothing && shape.each != nullptr;
    path_.emplace_back("[]");
    for (const Node& item : list.items) {
      if (shape.as == As::kListOf || files) {
        Check(item, *shape.each);
      } else if ((TypeOf(item) & shape.elements) == 0) {
        RefuseType(item, shape.elements);
      }
    }
    path_.pop_back();
    if (shape.unique) CheckUnique(list);
  }

  void CheckUnique(const Node& list) {
    for (size_t i = 0; i < list.items.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (!SameValue(list.items[i], list.items[j])) continue;
        problems_.Add(list.items[i].at, fmt::format("{} has this twice", PathText(path_)),
                      fmt::format("the first is at {}; remove one of them",
                                  problems_.Place(list.items[j].at).ToString()));
        break;
      }
    }
  }

  Problems& problems_;
  Path path_;
};

}  // namespace

void CheckVocabulary(const Node& model, Problems& problems) {
  Checker(problems).Check(model, ModelShape());
}

}  // namespace mooring::compose
