// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/validator.h"

#include <charconv>

#include "controller/base/text.h"

namespace mooring::manifest {
namespace {

/// The way from the document to a value; written out only when a message needs it.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  int index = -1;  ///< in a list; then there is no name

  /// "App.spec.routes[0].proxy"
  std::string Full() const {
    if (parent == nullptr) return std::string(name);
    if (index >= 0) return fmt::format("{}[{}]", parent->Full(), index);
    return fmt::format("{}.{}", parent->Full(), name);
  }
  /// As people speak of it: "routes[0].proxy", "metadata.name".
  std::string Short() const {
    std::string full = Full();
    const size_t kind = full.find('.');
    if (kind == std::string::npos) return full;
    const std::string inside = full.substr(kind + 1);
    return inside.starts_with("spec.") ? inside.substr(5) : inside;
  }
};

std::string_view Wanted(const Schema& schema) {
  switch (schema.type) {
    case Schema::Type::kString:
      return schema.unit == "duration" ? "a duration" : "a string";
    case Schema::Type::kInteger:
      return "a whole number";
    case Schema::Type::kBoolean:
      return "true or false";
    case Schema::Type::kMap:
      return "a map";
    case Schema::Type::kList:
      return "a list";
  }
  return "";
}

bool Fits(const Schema& schema, Node::Type type) {
  switch (schema.type) {
    case Schema::Type::kString:
      return type == Node::Type::kString;
    case Schema::Type::kInteger:
      return type == Node::Type::kInteger;
    case Schema::Type::kBoolean:
      return type == Node::Type::kBool;
    case Schema::Type::kMap:
      return type == Node::Type::kMap;
    case Schema::Type::kList:
      return type == Node::Type::kSequence;
  }
  return false;
}

std::string Example(const Schema& schema) {
  return schema.examples.empty() ? "" : schema.examples.front();
}

bool Accepts(const Schema& schema, const std::string& text) {
  const auto& values = schema.values;
  if (schema.format != nullptr && schema.format->check(text)) return false;
  return values.empty() || std::find(values.begin(), values.end(), text) != values.end();
}

/// "a number", or the text itself where true or false was wanted: "yes" looks like one to many.
std::string Found(const Schema& schema, const Node& node) {
  if (schema.type == Schema::Type::kBoolean && node.IsString() && node.text.size() < 20) {
    return fmt::format("\"{}\"", node.text);
  }
  return std::string(TypeName(node.type));
}

/// "write "17"": how to say what was probably meant.
std::string TypeHint(const Schema& schema, const Node& node) {
  const std::string example = Example(schema);
  if (node.IsScalar()) {
    switch (schema.type) {
      case Schema::Type::kString:
        if (schema.unit == "duration") {
          const std::string better = SuggestDuration(node.text);
          return "write " + (better.empty() ? example : better);
        }
        return Accepts(schema, node.text) ? fmt::format("write \"{}\"", node.text)
                                          : "write one such as " + example;
      case Schema::Type::kInteger: {
        const bool digits = !node.text.empty() && node.text.size() < 10 &&
                            node.text.find_first_not_of("0123456789") == std::string::npos;
        return digits ? fmt::format("write {} without quotes", node.text)
                      : "write one such as " + example;
      }
      case Schema::Type::kBoolean: {
        static constexpr std::string_view kYes[] = {"yes", "Yes", "on", "On", "true", "y", "1"};
        const bool yes = std::find(std::begin(kYes), std::end(kYes), node.text) != std::end(kYes);
        const bool quoted = node.text == "true" || node.text == "false";
        return fmt::format("write {}{}", yes, quoted ? " without quotes" : "");
      }
      case Schema::Type::kList:
        return fmt::format("write [{}]", node.text);
      case Schema::Type::kMap:
        break;
    }
  }
  return example.empty() ? "" : "write one such as " + example;
}

class Walker {
 public:
  enum class Naming { kPlace, kKey };  ///< a wrong text: its place says enough, or its key as well
  Walker(Findings& findings, Naming naming) : findings_(findings), naming_(naming) {}

  void Check(const Node& node, const Schema& schema, const Path& path) {
    if (findings_.IsFull()) return;
    if (schema.later == Schema::Later::kRefused) {
      CheckRefused(node, path);
      if (naming_ == Naming::kKey) return;  // each key inside would say it again
    }
    if (node.IsNull()) return AddNoValue(node, schema, path, false);
    if (schema.reference != nullptr && node.IsMap()) return Check(node, *schema.reference, path);
    if (!Fits(schema, node.type)) {
      findings_.Add(
          node.at,
          fmt::format("{} must be {}, got {}", path.Short(), Wanted(schema), Found(schema, node)),
          TypeHint(schema, node));
      return;
    }
    switch (schema.type) {
      case Schema::Type::kMap:
        return CheckMap(node, schema, path);
      case Schema::Type::kList:
        return CheckList(node, schema, path);
      case Schema::Type::kString:
        return CheckString(node, schema, path);
      case Schema::Type::kInteger:
        return CheckInteger(node, schema, path);
      case Schema::Type::kBoolean:
        return;
    }
  }

 private:
  /// An empty one asks for nothing.
  void CheckRefused(const Node& node, const Path& path) {
    const bool empty = !node.IsScalar() && node.members.empty() && node.items.empty();
    if (empty) return;
    findings_.Add(node.at, fmt::format("this version has no \"{}\"", path.Short()), "take it out");
  }

  void AddNoValue(const Node& node, const Schema& schema, const Path& path, bool required) {
    const bool free_text = schema.type == Schema::Type::kString && Accepts(schema, "");
    const std::string value =
        free_text ? "\"\" for an empty text" : "one such as " + Example(schema);
    findings_.Add(node.at, path.Short() + " has no value",
                  fmt::format("write {}{}", value, required ? "" : ", or remove the line"));
  }

  void CheckMap(const Node& node, const Schema& schema, const Path& path) {
    if (schema.has_fields) {
      CheckFields(node, schema, path);
    } else if (schema.each != nullptr) {
      for (const Member& m : node.members) {
        const Path inside{&path, m.key};
        if (schema.key_format != nullptr) CheckFormat(*schema.key_format, m.key, m.key_at, inside);
        Check(m.value, *schema.each, inside);
      }
    }
    CheckEmpty(node.members.empty(), node, schema, path);
  }

  void CheckFields(const Node& node, const Schema& schema, const Path& path) {
    std::set<std::string> misspelt;  // these are not missing
    bool has_unknown = false;
    for (const Member& m : node.members) {
      if (findings_.IsFull()) return;
      const Path inside{&path, m.key};
      const Schema* field = schema.Find(m.key);
      if (field == nullptr) {
        misspelt.insert(AddUnknown(m, schema, path));
        has_unknown = true;
      } else if (m.value.IsNull()) {
        AddNoValue(m.value, *field, inside, schema.Requires(m.key));
      } else {
        Check(m.value, *field, inside);
      }
    }
    for (const std::string& name : schema.required) {
      if (node.Find(name) != nullptr || misspelt.contains(name)) continue;
      findings_.Add(node.at, fmt::format("{} has no {}", path.Short(), name),
                    fmt::format("add {}: {}", name, Example(*schema.Find(name))));
    }
    if (!has_unknown) CheckExactlyOne(node, schema, path);
  }

  /// Returns the field that was probably meant, or "".
  std::string AddUnknown(const Member& m, const Schema& schema, const Path& path) {
    if (const auto refused = schema.refused.find(m.key); refused != schema.refused.end()) {
      findings_.Add(m.key_at, fmt::format("{} {}", Path{&path, m.key}.Short(), refused->second),
                    "");
      return "";
    }
    const std::string name = m.key.substr(0, 64);
    std::string near = Nearest(name, schema.PropertyNames());
    std::string hint = fmt::format("its fields: mooring explain {}", path.Full());
    if (!near.empty()) {
      hint = fmt::format("did you mean \"{}\"?", near);
    } else if (schema.Find(name.substr(0, name.find(':'))) != nullptr) {
      hint = "write a space after the colon";
    }
    findings_.Add(m.key_at, fmt::format("unknown field \"{}\" in {}", name, path.Full()),
                  std::move(hint));
    return near;
  }

  void CheckExactlyOne(const Node& node, const Schema& schema, const Path& path) {
    if (schema.exactly_one.empty()) return;
    std::vector<std::string> found;
    for (const std::string& name : schema.exactly_one) {
      if (node.Find(name) != nullptr) found.push_back(name);
    }
    const std::string& first = schema.exactly_one.front();
    if (found.empty()) {
      findings_.Add(
          node.at, fmt::format("{} has none of {}", path.Short(), Join(schema.exactly_one, ", ")),
          fmt::format("add exactly one, such as {}: {}", first, Example(*schema.Find(first))));
    } else if (found.size() > 1) {
      findings_.Add(
          node.at, fmt::format("{} has {}", path.Short(), Join(found, " and ")),
          path.index >= 0 ? "keep one of them, or write an entry for each" : "keep one of them");
    }
  }

  void CheckList(const Node& node, const Schema& schema, const Path& path) {
    for (size_t i = 0; i < node.items.size(); ++i) {
      Check(node.items[i], *schema.each, Path{&path, "", static_cast<int>(i)});
    }
    CheckEmpty(node.items.empty(), node, schema, path);
    if (schema.unique_items) CheckUnique(node, path);
  }

  void CheckUnique(const Node& list, const Path& path) {
    std::set<std::string> seen;
    for (const Node& item : list.items) {
      if (item.IsString() && !seen.insert(item.text).second) {
        findings_.Add(item.at, fmt::format("{} has \"{}\" twice", path.Short(), item.text),
                      "remove one");
      }
    }
  }

  void CheckEmpty(bool empty, const Node& node, const Schema& schema, const Path& path) {
    if (!empty || schema.min_items == 0) return;
    findings_.Add(node.at, path.Short() + " is empty", "add one, such as " + Example(schema));
  }

  void CheckString(const Node& node, const Schema& schema, const Path& path) {
    if (const auto refused = schema.refused.find(node.text); refused != schema.refused.end()) {
      findings_.Add(node.at, fmt::format("{} {} {}", path.Short(), node.text, refused->second), "");
      return;
    }
    if (!CheckEnum(node, schema, path)) return;
    if (schema.format != nullptr) CheckFormat(*schema.format, node.text, node.at, path);
  }

  void CheckInteger(const Node& node, const Schema& schema, const Path& path) {
    if (!CheckEnum(node, schema, path)) return;
    long long value = 0;
    const char* end = node.text.data() + node.text.size();
    const auto parsed = std::from_chars(node.text.data(), end, value);
    const bool ok = parsed.ec == std::errc() && parsed.ptr == end;
    if (ok && value >= schema.minimum.value_or(value) && value <= schema.maximum.value_or(value)) {
      return;
    }
    findings_.Add(node.at,
                  fmt::format("{} must be a whole number from {} to {}, got {}", path.Short(),
                              schema.minimum.value_or(0), schema.maximum.value_or(0),
                              node.text.substr(0, 30)),
                  "");
  }

  bool CheckEnum(const Node& node, const Schema& schema, const Path& path) {
    const auto& values = schema.values;
    if (values.empty() || std::find(values.begin(), values.end(), node.text) != values.end()) {
      return true;
    }
    const std::string shown = node.text.substr(0, 60);
    std::string near = Nearest(shown, values);
    for (const std::string& value : values) {
      const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
      if (std::equal(value.begin(), value.end(), shown.begin(), shown.end(), same)) near = value;
    }
    findings_.Add(node.at,
                  fmt::format("{} must be {}{}, got \"{}\"", path.Short(),
                              values.size() > 1 ? "one of " : "", Join(values, ", "), shown),
                  near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
    return false;
  }

  /// A complaint that does not quote the text speaks of the field.
  void CheckFormat(const Format& format, std::string_view text, Position at, const Path& path) {
    auto complaint = format.check(text);
    if (!complaint) return;
    const bool quotes = complaint->what.starts_with('"');
    if (!quotes || naming_ == Naming::kKey) {
      complaint->what = fmt::format("{}{} {}", path.Short(), quotes ? ":" : "", complaint->what);
    }
    findings_.Add(at, std::move(complaint->what), std::move(complaint->hint));
  }

  Findings& findings_;
  const Naming naming_;
};

}  // namespace

void Validate(const Node& document, const Kind& kind, Findings& findings) {
  Walker(findings, Walker::Naming::kPlace).Check(document, kind.schema, Path{nullptr, kind.name});
}

void ValidateConfig(const Node& document, Findings& findings) {
  const Kind& kind = ConfigKind();
  Walker(findings, Walker::Naming::kKey).Check(document, kind.schema, Path{nullptr, kind.name});
}

}  // namespace mooring::manifest
