// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/schema.h"

#include <set>
#include <stdexcept>

#include "controller/base/text.h"
#include "controller/manifest/yaml_tree.h"
#include "crds/crds.h"

namespace mooring::manifest {
namespace {

/// The embedded schemas are part of the program: a mistake in one is a broken build, seen by the
/// first test, and ends the process.
[[noreturn]] void Broken(const std::string& what) {
  throw std::logic_error("embedded schema: " + what);
}

std::vector<std::string> Texts(const Node& list) {
  std::vector<std::string> texts;
  texts.reserve(list.items.size());
  for (const Node& item : list.items) texts.push_back(item.text);
  return texts;
}

Schema::Type ReadType(const std::string& name) {
  static const std::map<std::string, Schema::Type> kTypes = {{"string", Schema::Type::kString},
                                                             {"integer", Schema::Type::kInteger},
                                                             {"boolean", Schema::Type::kBoolean},
                                                             {"object", Schema::Type::kMap},
                                                             {"array", Schema::Type::kList}};
  const auto found = kTypes.find(name);
  if (found == kTypes.end()) Broken("unknown type " + name);
  return found->second;
}

const Format* ReadFormat(const std::string& name) {
  const Format* format = FindFormat(name);
  if (format == nullptr) Broken("unknown format " + name);
  return format;
}

Schema::Later ReadLater(const std::string& word) {
  if (word == "ignored") return Schema::Later::kIgnored;
  if (word != "refused") Broken("unknown x-later " + word);
  return Schema::Later::kRefused;
}

void ReadKeyword(const std::string& keyword, const Node& value, Schema& schema);

void ReadSchema(const Node& node, Schema& schema) {
  for (const Member& m : node.members) ReadKeyword(m.key, m.value, schema);
}

/// A property that is there already is added to, so that a kind's spec joins the common one, and a
/// second file of a kind the first.
void ReadProperties(const Node& node, Schema& schema) {
  schema.has_fields = true;
  for (const Member& m : node.members) {
    auto& list = schema.properties;
    auto found =
        std::find_if(list.begin(), list.end(), [&](const Property& p) { return p.name == m.key; });
    if (found == list.end()) found = list.insert(list.end(), Property{m.key, {}});
    ReadSchema(m.value, found->schema);
  }
}

std::unique_ptr<const Schema> ReadEach(const Node& node, std::unique_ptr<const Schema> before) {
  auto each = before == nullptr ? std::make_unique<Schema>()
                                : std::unique_ptr<Schema>(const_cast<Schema*>(before.release()));
  ReadSchema(node, *each);
  return each;
}

void ReadKeyword(const std::string& keyword, const Node& value, Schema& schema) {
  using Reader = void (*)(const Node&, Schema&);
  static const std::map<std::string, Reader> kReaders = {
      {"kind", [](const Node&, Schema&) {}},
      {"x-scope", [](const Node&, Schema&) {}},
      {"type", [](const Node& v, Schema& s) { s.type = ReadType(v.text); }},
      {"description", [](const Node& v, Schema& s) { s.description = v.text; }},
      {"default", [](const Node& v, Schema& s) { s.default_text = v.text; }},
      {"x-unit", [](const Node& v, Schema& s) { s.unit = v.text; }},
      {"x-effect", [](const Node& v, Schema& s) { s.effect = v.text; }},
      {"x-later", [](const Node& v, Schema& s) { s.later = ReadLater(v.text); }},
      {"x-short", [](const Node& v, Schema& s) { s.short_syntax = v.text; }},
      {"x-key", [](const Node& v, Schema& s) { s.key = v.text; }},
      {"x-key-format", [](const Node& v, Schema& s) { s.key_format = ReadFormat(v.text); }},
      {"format", [](const Node& v, Schema& s) { s.format = ReadFormat(v.text); }},
      {"examples", [](const Node& v, Schema& s) { s.examples = Texts(v); }},
      {"enum",
       [](const Node& v, Schema& s) {
         s.values = Texts(v);
         // What the common spec refuses, a kind may take.
         for (const std::string& taken : s.values) s.refused.erase(taken);
       }},
      {"x-refused",
       [](const Node& v, Schema& s) {
         for (const Member& m : v.members) s.refused[m.key] = m.value.text;
       }},
      {"required", [](const Node& v, Schema& s) { s.required = Texts(v); }},
      {"x-exactly-one", [](const Node& v, Schema& s) { s.exactly_one = Texts(v); }},
      {"minimum", [](const Node& v, Schema& s) { s.minimum = std::stoll(v.text); }},
      {"maximum", [](const Node& v, Schema& s) { s.maximum = std::stoll(v.text); }},
      {"minItems", [](const Node& v, Schema& s) { s.min_items = std::stoul(v.text); }},
      {"uniqueItems", [](const Node& v, Schema& s) { s.unique_items = v.text == "true"; }},
      {"properties", ReadProperties},
      {"items", [](const Node& v, Schema& s) { s.each = ReadEach(v, std::move(s.each)); }},
      {"additionalProperties",
       [](const Node& v, Schema& s) { s.each = ReadEach(v, std::move(s.each)); }},
      {"x-reference", [](const Node& v, Schema& s) { s.reference = ReadEach(v, nullptr); }},
  };
  const auto found = kReaders.find(keyword);
  if (found == kReaders.end()) Broken("unknown keyword " + keyword);
  found->second(value, schema);
}

Node ParseCrd(const Crd& crd) {
  ParsedFile file = ParseYaml(std::string(crd.file), crd.text, Limits());
  if (!file.diagnostics.empty()) Broken(file.diagnostics.front().ToString());
  if (file.documents.size() != 1) Broken(std::string(crd.file) + " must hold one document");
  if (const Diagnostics& inside = file.documents.front().diagnostics; !inside.empty()) {
    Broken(inside.front().ToString());
  }
  return std::move(file.documents.front().root);
}

Schema& FieldOf(Schema& schema, std::string_view name) {
  return std::find_if(schema.properties.begin(), schema.properties.end(),
                      [&](const Property& p) { return p.name == name; })
      ->schema;
}

std::set<std::string> OwnFields(const Node& kind) {
  std::set<std::string> names;
  for (const Member& m : kind.Find("properties")->Find("spec")->Find("properties")->members)
    names.insert(m.key);
  return names;
}

/// The fields of the kind before those of every kind, since they are what people look for.
void PutSpecFirst(const std::set<std::string>& own, Schema& schema) {
  auto& fields = FieldOf(schema, "spec").properties;
  std::stable_partition(fields.begin(), fields.end(),
                        [&](const Property& p) { return own.contains(p.name); });
}

/// A kind of the whole fleet has no namespace, and of spec's fields only its own.
void KeepOwnFields(const Node& kind, Schema& schema) {
  std::erase_if(FieldOf(schema, "metadata").properties,
                [](const Property& p) { return p.name == "namespace"; });
  const Node* own = kind.Find("properties")->Find("spec")->Find("properties");
  std::erase_if(FieldOf(schema, "spec").properties,
                [&](const Property& p) { return own->Find(p.name) == nullptr; });
}

std::vector<Kind> ReadKinds() {
  std::vector<Kind> kinds;
  std::map<std::string, std::set<std::string>> own;
  const auto crds = Crds();
  const Node common = ParseCrd(crds.front());
  for (const Crd& crd : crds.subspan(1)) {
    const Node node = ParseCrd(crd);
    const std::string name(node.StringAt("kind"));
    const auto known = std::ranges::find(kinds, name, &Kind::name);
    if (known != kinds.end()) {
      ReadSchema(node, known->schema);
      own[name].merge(OwnFields(node));
      PutSpecFirst(own[name], known->schema);
      continue;
    }
    Kind kind;
    kind.name = name;
    ReadSchema(common, kind.schema);
    ReadSchema(node, kind.schema);
    kind.in_namespace = node.StringAt("x-scope") != "fleet";
    if (!kind.in_namespace) KeepOwnFields(node, kind.schema);
    own[name] = OwnFields(node);
    PutSpecFirst(own[name], kind.schema);
    kind.schema.required = {"apiVersion", "kind", "metadata", "spec"};
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

/// A file that is no document of a kind.
Kind ReadFileOfItsOwn(std::string name, const Crd& crd) {
  Kind kind{std::move(name), {}};
  ReadSchema(ParseCrd(crd), kind.schema);
  return kind;
}

}  // namespace

const Schema* Schema::Find(std::string_view property) const {
  for (const Property& p : properties) {
    if (p.name == property) return &p.schema;
  }
  return nullptr;
}

bool Schema::Requires(std::string_view property) const {
  return std::find(required.begin(), required.end(), property) != required.end();
}

std::vector<std::string> Schema::PropertyNames() const {
  std::vector<std::string> names;
  names.reserve(properties.size());
  for (const Property& p : properties) names.push_back(p.name);
  return names;
}

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kKinds = ReadKinds();
  return kKinds;
}

const Kind* FindKind(std::string_view name) {
  for (const Kind& kind : Kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

const Kind& ConfigKind() {
  static const Kind kConfig = ReadFileOfItsOwn("config", ConfigCrd());
  return kConfig;
}

const Kind& PolicyKind() {
  static const Kind kPolicy = ReadFileOfItsOwn("policy", PolicyCrd());
  return kPolicy;
}

std::string KindNames() {
  std::vector<std::string> names;
  for (const Kind& kind : Kinds()) names.push_back(kind.name);
  return Join(names, ", ");
}

std::string TypeText(const Schema& schema) {
  switch (schema.type) {
    case Schema::Type::kString:
      return schema.reference == nullptr ? "string" : "string or reference";
    case Schema::Type::kInteger:
      return "integer";
    case Schema::Type::kBoolean:
      return "boolean";
    case Schema::Type::kList:
      return "list of " + TypeText(*schema.each);
    case Schema::Type::kMap:
      if (schema.has_fields || schema.each == nullptr) return "object";
      return "map of " + schema.key + " to " + TypeText(*schema.each);
  }
  return "";
}

}  // namespace mooring::manifest
