// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/explain.h"

#include "controller/base/text.h"
#include "controller/manifest/config_keys.h"
#include "controller/manifest/schema.h"

namespace mooring::manifest {
namespace {

/// A schema, how its path is written in full, and whether what holds it requires it.
struct Place {
  const Schema* schema = nullptr;
  std::string path;
  bool required = false;
};

/// What `name` may be a field of: lists and free maps are looked into.
Place Inside(Place place) {
  while (place.schema->each != nullptr) {
    place.path +=
        place.schema->type == Schema::Type::kList ? "[]" : fmt::format(".<{}>", place.schema->key);
    place.schema = place.schema->each.get();
    place.required = false;
  }
  return place;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::unexpected<Error> NoField(const Place& holder, const std::string& name) {
  const std::vector<std::string> names = holder.schema->PropertyNames();
  const std::string near = Nearest(name, names);
  std::string advice = "it has no fields";
  if (!near.empty()) {
    advice = fmt::format("did you mean \"{}\"?", near);
  } else if (!names.empty()) {
    advice = "it has: " + Join(names, ", ");
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} has no field \"{}\"; {}", holder.path, name, advice));
}

/// One step down the path.
Result<Place> Step(Place place, const std::string& name) {
  const Schema& schema = *place.schema;
  if (schema.each != nullptr) {
    const bool is_list = schema.type == Schema::Type::kList;
    const Place inside = Inside(place);
    const bool is_field = inside.schema->Find(name) != nullptr;
    // A key or an index only says which one; below it the same fields come.
    if (!is_field && (!is_list || IsNumber(name))) {
      place.path += is_list ? "[]" : fmt::format(".<{}>", schema.key);
      place.schema = schema.each.get();
      place.required = false;
      return place;
    }
    place = inside;
  }
  const Schema* field = place.schema->Find(name);
  if (field == nullptr) return NoField(place, name);
  return Place{field, place.path + "." + name, place.schema->Requires(name)};
}

/// "App.spec.routes[0].path" -> App, spec, routes, 0, path
std::vector<std::string> Parts(std::string_view path) {
  std::string plain;
  for (const char c : path) {
    if (c == ']') continue;
    plain += c == '[' ? '.' : c;
  }
  std::vector<std::string> parts = Split(plain, '.');
  std::erase(parts, "");
  return parts;
}

Result<Place> FindPlace(std::string_view path) {
  const std::vector<std::string> parts = Parts(path);
  const std::string name = parts.empty() ? "" : parts.front();
  std::vector<const Kind*> kinds;
  for (const Kind& kind : Kinds()) kinds.push_back(&kind);
  kinds.push_back(&ConfigKind());
  kinds.push_back(&PolicyKind());
  std::vector<std::string> names;
  for (const Kind* kind : kinds) {
    names.push_back(kind->name);
    const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
    if (!std::equal(name.begin(), name.end(), kind->name.begin(), kind->name.end(), same)) continue;
    Place place{&kind->schema, kind->name};
    for (size_t i = 1; i < parts.size(); ++i) {
      MOORING_TRY(place, Step(place, parts[i]));
    }
    return place;
  }
  const std::string near = Nearest(name, names);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("there is no kind \"{}\"; {}", name,
                          near.empty() ? "this release has " + Join(names, ", ")
                                       : fmt::format("did you mean \"{}\"?", near)));
}

/// Breaks a text into lines of at most 96 characters with an indentation.
std::string Wrap(std::string_view text, std::string_view indent) {
  std::string out;
  std::string line(indent);
  for (const std::string& word : Split(text, ' ')) {
    if (line.size() + 1 + word.size() > 96 && line.size() > indent.size()) {
      out += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return out + line + "\n";
}

void AddLine(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += fmt::format("  {:<9} {}\n", name, value);
}

std::string Range(const Schema& schema) {
  if (!schema.values.empty()) return Join(schema.values, ", ");
  if (!schema.minimum || !schema.maximum) return "";
  return fmt::format("{} to {}", *schema.minimum, *schema.maximum);
}

std::string EffectText(const Schema& schema) {
  if (schema.effect == "restart") return "with a restart: systemctl restart mooring";
  if (schema.effect == "reload") return "with a reload: systemctl reload mooring";
  return schema.effect;
}

std::string LaterText(const Schema& schema) {
  switch (schema.later) {
    case Schema::Later::kNo:
      return "";
    case Schema::Later::kIgnored:
      return "accepted, without effect in this version";
    case Schema::Later::kRefused:
      return "refused; this version has none";
  }
  return "";
}

/// The key of the daemon's own file that a place is; nullptr for fields of kinds.
const ConfigKey* FindKeyOf(const Place& place) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.schema == place.schema) return &key;
  }
  return nullptr;
}

std::string FieldList(const Schema& schema) {
  std::string out;
  if (schema.properties.empty()) return out;
  size_t width = 0;
  for (const Property& p : schema.properties) width = std::max(width, p.name.size());
  out += "\nFields:\n";
  for (const Property& p : schema.properties) {
    out += fmt::format("  {:<{}}  {}{}\n", p.name, width, TypeText(p.schema),
                       schema.Requires(p.name) ? ", required" : "");
    out += Wrap(p.schema.description, std::string(width + 4, ' '));
  }
  if (!schema.exactly_one.empty()) {
    out += fmt::format("\nExactly one of {} must be there.\n", Join(schema.exactly_one, ", "));
  }
  return out;
}

}  // namespace

Result<std::string> Explain(std::string_view path) {
  MOORING_TRY(const Place place, FindPlace(path));
  const Schema& schema = *place.schema;
  std::string out = place.path + "\n\n" + Wrap(schema.description, "  ") + "\n";
  AddLine(out, "type", TypeText(schema));
  AddLine(out, "required", place.required ? "yes" : "");
  AddLine(out, "values", Range(schema));
  AddLine(out, "default", schema.default_text);
  AddLine(out, "unit", schema.unit);
  AddLine(out, "note", LaterText(schema));
  AddLine(out, "also", schema.short_syntax);
  AddLine(out, "a change", EffectText(schema));
  if (const ConfigKey* key = FindKeyOf(place)) AddLine(out, "variable", key->variable);
  for (const std::string& example : schema.examples) AddLine(out, "example", example);
  const Place inside = Inside(place);
  if (inside.schema != place.schema && !inside.schema->properties.empty()) {
    out += "\n" + inside.path + "\n\n" + Wrap(inside.schema->description, "  ");
  }
  return out + FieldList(*inside.schema);
}

}  // namespace mooring::manifest
