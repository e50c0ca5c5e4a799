// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/json_schema.h"

#include <map>

#include "controller/base/text.h"

namespace mooring::manifest {
namespace {

using Document = nlohmann::ordered_json;

constexpr char kDialect[] = "https://json-schema.org/draft/2020-12/schema";

/// Formats that a regular expression says in full or nearly so; the others are left to
/// `mooring validate`.
std::string PatternOf(const Format* format) {
  static const std::map<std::string_view, std::string> kPatterns = {
      {"name", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
      {"dns-label", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
      {"service-name", "^[A-Za-z0-9_]([-_A-Za-z0-9]*[A-Za-z0-9_])?$"},
      {"duration", "^(0|([0-9.]+(ns|us|ms|s|m|h|d))+)$"},
      {"positive-duration", "^([0-9.]+(ns|us|ms|s|m|h|d))+$"},
      {"bytes", "^[0-9.]+([bB]|[kKmMgGtT]([iI]?[bB]?))?$"},
      {"absolute-path", "^/"},
      {"environment-name", "^[A-Za-z_][A-Za-z0-9_]*$"},
      {"octal-mode", "^[0-7]{3,4}$"},
      {"not-empty", "."}};
  if (format == nullptr) return "";
  const auto found = kPatterns.find(format->name);
  return found == kPatterns.end() ? "" : found->second;
}

std::string DescriptionOf(const Schema& schema) {
  std::string text = schema.description;
  if (!schema.default_text.empty()) text += " Default: " + schema.default_text + ".";
  if (!schema.short_syntax.empty()) text += " Also: " + schema.short_syntax + ".";
  if (!schema.effect.empty()) text += " A change: " + schema.effect + ".";
  return text;
}

Document Convert(const Schema& schema);

/// What a document may write in place of the long form; null: nothing.
Document ShortForm(const Schema& schema) {
  if (schema.short_syntax.empty()) return nullptr;
  switch (schema.type) {
    case Schema::Type::kMap:  // a list of NAME=value
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Schema::Type::kString:  // a number
      return {{"type", "number"}};
    case Schema::Type::kInteger:  // a text with the number
      return {{"type", "string"}};
    case Schema::Type::kList:
      // Of maps, each item has a short form; of texts, one text is the whole list.
      if (schema.each->type != Schema::Type::kMap) return {{"type", "string"}};
      return {{"type", "array"},
              {"items", {{"anyOf", {{{"type", {"string", "integer"}}}, Convert(*schema.each)}}}}};
    case Schema::Type::kBoolean:
      break;
  }
  return nullptr;
}

/// The values of a map without field names.
Document ConvertValue(const Schema& map) {
  Document value = Convert(*map.each);
  // Compose takes any scalar for a variable, and nothing for a volume without options.
  if (map.key == "variable") {
    value["anyOf"] = {{{"type", {"string", "number", "boolean"}}}};
    if (map.each->reference != nullptr) value["anyOf"].push_back(Convert(*map.each->reference));
  }
  if (map.key == "volume") value["type"] = {"object", "null"};
  return value;
}

void ConvertFields(const Schema& schema, Document& out) {
  out["properties"] = Document::object();
  for (const Property& p : schema.properties) out["properties"][p.name] = Convert(p.schema);
  if (!schema.required.empty()) out["required"] = schema.required;
  out["additionalProperties"] = false;
  if (schema.exactly_one.empty()) return;
  out["oneOf"] = Document::array();
  for (const std::string& name : schema.exactly_one) out["oneOf"].push_back({{"required", {name}}});
}

Document ConvertMap(const Schema& schema) {
  Document out = {{"type", "object"}};
  if (schema.has_fields) {
    ConvertFields(schema, out);
  } else if (schema.each != nullptr) {
    out["additionalProperties"] = ConvertValue(schema);
    if (const std::string pattern = PatternOf(schema.key_format); !pattern.empty())
      out["propertyNames"] = {{"pattern", pattern}};
  }
  if (schema.min_items > 0) out["minProperties"] = schema.min_items;
  return out;
}

Document ConvertList(const Schema& schema) {
  Document out = {{"type", "array"}, {"items", Convert(*schema.each)}};
  if (schema.min_items > 0) out["minItems"] = schema.min_items;
  if (schema.unique_items) out["uniqueItems"] = true;
  return out;
}

/// A variable stands for whatever it will be.
Document OrVariable(Document form) {
  return {{"anyOf", {std::move(form), {{"type", "string"}, {"pattern", "\\$"}}}}};
}

Document ConvertInteger(const Schema& schema) {
  Document out = {{"type", "integer"}};
  if (schema.minimum) out["minimum"] = *schema.minimum;
  if (schema.maximum) out["maximum"] = *schema.maximum;
  for (const std::string& value : schema.values) out["enum"].push_back(std::stoll(value));
  return out;
}

Document ConvertString(const Schema& schema) {
  Document out = {{"type", "string"}};
  if (!schema.values.empty()) out["enum"] = schema.values;
  if (const std::string pattern = PatternOf(schema.format); !pattern.empty())
    out["pattern"] = pattern + "|\\$";  // a text with a variable may become anything
  return out;
}

Document ConvertLong(const Schema& schema) {
  switch (schema.type) {
    case Schema::Type::kString:
      return ConvertString(schema);
    case Schema::Type::kInteger:
      return OrVariable(ConvertInteger(schema));
    case Schema::Type::kBoolean:
      return OrVariable({{"type", "boolean"}});
    case Schema::Type::kMap:
      return ConvertMap(schema);
    case Schema::Type::kList:
      return ConvertList(schema);
  }
  return {};
}

Document Convert(const Schema& schema) {
  Document out = Document::object();
  if (const std::string text = DescriptionOf(schema); !text.empty()) out["description"] = text;
  const Document short_form = ShortForm(schema);
  Document form = ConvertLong(schema);
  if (schema.reference != nullptr) form = {{"anyOf", {form, Convert(*schema.reference)}}};
  if (!short_form.is_null()) form = {{"anyOf", {form, short_form}}};
  out.update(form);
  return out;
}

/// A kind's document without the lines that belong to the outermost schema.
Document ConvertKind(const Kind& kind) {
  Document out = Convert(kind.schema);
  out["properties"]["kind"]["const"] = kind.name;
  return out;
}

}  // namespace

nlohmann::ordered_json JsonSchemaOf(const Kind& kind) {
  Document out = {{"$schema", kDialect}, {"title", kind.name}};
  out.update(ConvertKind(kind));
  return out;
}

nlohmann::ordered_json JsonSchemaOfAll() {
  Document names = Document::array();
  Document branches = Document::array();
  Document definitions = Document::object();
  for (const Kind& kind : Kinds()) {
    names.push_back(kind.name);
    definitions[kind.name] = ConvertKind(kind);
    branches.push_back(
        {{"if", {{"properties", {{"kind", {{"const", kind.name}}}}}, {"required", {"kind"}}}},
         {"then", {{"$ref", "#/$defs/" + kind.name}}}});
  }
  return {{"$schema", kDialect},
          {"title", "Mooring"},
          {"type", "object"},
          {"required", {"apiVersion", "kind"}},
          {"properties", {{"kind", {{"enum", names}}}}},
          {"allOf", branches},
          {"$defs", definitions}};
}

}  // namespace mooring::manifest
