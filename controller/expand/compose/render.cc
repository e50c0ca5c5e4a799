// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "controller/expand/compose/nodes.h"
#include "controller/manifest/compose_scalars.h"
#include "controller/manifest/compose_values.h"

namespace mooring::compose {
namespace {

using Answer = std::optional<OrderedJson>;

OrderedJson NumberOf(const std::string& text) {
  if (const auto whole = manifest::ReadDecimal(text)) return *whole;
  if (const auto value = manifest::ReadFloat(text)) return *value;
  return text;
}

bool IsZero(const OrderedJson& value) {
  return value.is_null() || value == false || value == "" || value == 0 ||
         ((value.is_array() || value.is_object()) && value.empty());
}

std::vector<const Member*> Sorted(const Node& map) {
  std::vector<const Member*> members;
  for (const Member& m : map.members) members.push_back(&m);
  std::sort(members.begin(), members.end(),
            [](const Member* a, const Member* b) { return KeyLess(a->key, b->key); });
  return members;
}

class Renderer {
 public:
  Renderer(Form form, Problems& problems) : form_(form), problems_(problems) {}

  Answer Value(const Node& node, const Shape& shape) {
    if (node.IsNull() && shape.as != As::kMapOf) return std::nullopt;
    Answer value = Typed(node, shape);
    if (!value) return value;
    const bool kept = shape.always || shape.as == As::kCommand || shape.as == As::kStruct ||
                      shape.as == As::kUlimit;
    const bool no_size = shape.as == As::kSize && *value == "0";
    if (!kept && (no_size || IsZero(*value))) return std::nullopt;
    return value;
  }

 private:
  Answer Typed(const Node& node, const Shape& shape) {
    switch (shape.as) {
      case As::kText:
        return Text(node);
      case As::kBool:
        return Bool(node);
      case As::kInteger:
        return Integer(node);
      case As::kFloat:
        return Float(node);
      case As::kSize:
        return Size(node);
      case As::kDuration:
        return Duration(node);
      case As::kTexts:
        return Texts(node);
      case As::kCommand:
        return Command(node);
      case As::kHealthTest:
        return HealthTest(node);
      case As::kEnvironment:
        return TextMap(node, nullptr);
      case As::kTextMap:
        return TextMap(node, "");
      case As::kHosts:
        return Hosts(node);
      case As::kUlimit:
        return Ulimit(node);
      case As::kDeviceCount:
        return DeviceCount(node);
      case As::kSsh:
        return Ssh(node);
      case As::kStruct:
        return Struct(node, shape);
      case As::kListOf:
        return ListOf(node, shape);
      case As::kMapOf:
        return MapOf(node, shape);
      case As::kNothing:
        return std::nullopt;
    }
    return std::nullopt;
  }

  Answer Refuse(const Node& node, std::string_view what, std::string hint) {
    problems_.Add(node.at, fmt::format("\"{}\" is not {}", node.text.substr(0, 60), what),
                  std::move(hint));
    return std::nullopt;
  }

  Answer Text(const Node& node) {
    if (node.IsString() || node.type == Node::Type::kInteger) return node.text;
    return Refuse(node, "a string", "put it in quotes");
  }
  Answer Bool(const Node& node) {
    const auto value = manifest::ReadComposeBool(node.text);
    if (!value) return Refuse(node, "true or false", "write true or false");
    return *value;
  }
  Answer Integer(const Node& node) {
    const auto value = node.type == Node::Type::kNumber
                           ? manifest::WholeOf(manifest::ReadFloat(node.text).value_or(0))
                           : manifest::ReadDecimal(node.text);
    if (!value) return Refuse(node, "a whole number", "write a number");
    return *value;
  }
  Answer Float(const Node& node) {
    const auto value = manifest::ReadFloat(node.text);
    if (!value) return Refuse(node, "a number", "write one such as 0.5");
    return NumberOf(manifest::FloatText(static_cast<float>(*value)));
  }
  Answer Size(const Node& node) {
    if (node.type == Node::Type::kInteger) return node.text;
    if (!node.IsString()) return "0";
    const auto size = manifest::ReadMemorySize(node.text);
    if (!size) return Refuse(node, "a size", "write one such as 64m, 512M or 1g");
    return std::to_string(*size);
  }
  Answer Duration(const Node& node) {
    const auto duration = manifest::ReadGoDuration(node.text);
    if (!duration) return Refuse(node, "a duration", "write one such as 10s, 1m30s or 2h");
    return manifest::GoDurationText(*duration);
  }
  Answer Texts(const Node& node) {
    OrderedJson list = OrderedJson::array();
    if (node.IsString()) list.push_back(node.text);
    for (const Node& item : node.items) list.push_back(ScalarText(item));
    return list;
  }
  Answer Command(const Node& node) {
    if (!node.IsString()) return Texts(node);
    const auto words = manifest::SplitCommand(node.text);
    if (!words) return Refuse(node, "a command", "close its quotes and brackets, or write a list");
    return OrderedJson(words->words);
  }
  Answer HealthTest(const Node& node) {
    if (node.IsString()) return OrderedJson{"CMD-SHELL", node.text};
    return Texts(node);
  }
  Answer TextMap(const Node& node, const OrderedJson& none) {
    std::map<std::string, OrderedJson> values;
    for (const Member& m : node.members)
      values[m.key] = m.value.IsNull() ? none : OrderedJson(m.value.text);
    for (const Node& item : node.items) {
      const std::string text = ScalarText(item);
      const size_t equal = text.find('=');
      values[text.substr(0, equal)] =
          equal == std::string::npos ? none : OrderedJson(text.substr(equal + 1));
    }
    return InOrder(values);
  }
  static OrderedJson InOrder(const std::map<std::string, OrderedJson>& values) {
    std::vector<const std::pair<const std::string, OrderedJson>*> entries;
    for (const auto& entry : values) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return KeyLess(a->first, b->first); });
    OrderedJson map = OrderedJson::object();
    for (const auto* entry : entries) map[entry->first] = entry->second;
    return map;
  }
  Answer Hosts(const Node& node) {
    std::multiset<std::string> hosts;
    const auto add = [&](const Node& at, const std::string& text) {
      const auto host = manifest::ReadHost(text);
      if (!host) {
        Refuse(at, "a host and its address", "write one such as db=10.0.0.5");
        return;
      }
      for (const std::string& address : host->addresses) hosts.insert(host->name + "=" + address);
    };
    for (const Node& item : node.items) add(item, ScalarText(item));
    for (const Member& m : node.members) {
      if (m.value.IsSequence()) {
        for (const Node& item : m.value.items) add(item, m.key + "=" + ScalarText(item));
      } else {
        add(m.value, m.key + "=" + (m.value.IsNull() ? "" : m.value.text));
      }
    }
    return OrderedJson(hosts);
  }
  Answer Ulimit(const Node& node) {
    if (!node.IsMap()) {
      Answer number = Integer(node);
      if (!number || *number != 0) return number;
    }
    OrderedJson both = OrderedJson::object();
    for (const char* name : {"soft", "hard"}) {
      const Node* limit = node.Find(name);
      const Answer number = limit == nullptr ? Answer(0) : Integer(*limit);
      if (number && (form_ == Form::kYaml || *number != 0)) both[name] = *number;
    }
    return both;
  }
  Answer DeviceCount(const Node& node) {
    if (node.text == "all" || node.text == "ALL" || node.text == "All") return -1;
    return Integer(node);
  }
  Answer Ssh(const Node& node) {
    OrderedJson keys = OrderedJson::array();
    for (const Member* m : Sorted(node)) {
      const bool path = !m->value.IsNull() && !m->value.text.empty();
      keys.push_back(path ? m->key + ": " + m->value.text : m->key);
    }
    return keys;
  }
  Answer Struct(const Node& node, const Shape& shape) {
    OrderedJson map = OrderedJson::object();
    for (const Field& field : shape.fields) {
      const Node* there = node.Find(field.name);
      const std::string name(form_ == Form::kJson && !field.json_name.empty() ? field.json_name
                                                                              : field.name);
      Answer value = there == nullptr ? std::nullopt : Value(*there, *field.shape);
      const bool is_value = field.shape->as == As::kStruct && field.shape->in_json;
      if (is_value && form_ == Form::kYaml && value && value->empty()) value.reset();
      if (!value && form_ == Form::kJson && field.shape->in_json)
        value = is_value ? *Struct(Node::Map(node.at), *field.shape) : OrderedJson();
      if (value) map[name] = std::move(*value);
    }
    if (form_ == Form::kJson) return map;
    for (const Member* m : Sorted(node)) {
      if (m->key.starts_with("x-")) map[m->key] = RenderAsItIs(m->value);
    }
    return map;
  }
  Answer ListOf(const Node& node, const Shape& shape) {
    OrderedJson list = OrderedJson::array();
    for (const Node& item : node.items) {
      if (Answer value = Value(item, *shape.each)) list.push_back(std::move(*value));
    }
    return list;
  }
  Answer MapOf(const Node& node, const Shape& shape) {
    OrderedJson map = OrderedJson::object();
    for (const Member* m : Sorted(node)) {
      const bool null = m->value.IsNull();
      Answer value = null ? Answer(OrderedJson()) : Value(m->value, *shape.each);
      if (value) map[m->key] = std::move(*value);
    }
    return map;
  }

  const Form form_;
  Problems& problems_;
};

}  // namespace

Answer Render(const Node& node, const Shape& shape, Form form, Problems& problems) {
  return Renderer(form, problems).Value(node, shape);
}

OrderedJson RenderAsItIs(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return nullptr;
    case Node::Type::kBool:
      return node.text == "true";
    case Node::Type::kInteger:
    case Node::Type::kNumber:
      return NumberOf(node.text);
    case Node::Type::kString:
      return node.text;
    case Node::Type::kMap: {
      OrderedJson map = OrderedJson::object();
      for (const Member* m : Sorted(node)) map[m->key] = RenderAsItIs(m->value);
      return map;
    }
    case Node::Type::kSequence: {
      OrderedJson list = OrderedJson::array();
      for (const Node& item : node.items) list.push_back(RenderAsItIs(item));
      return list;
    }
  }
  return nullptr;
}

}  // namespace mooring::compose
