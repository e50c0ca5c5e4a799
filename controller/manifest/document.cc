// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/document.h"

#include <charconv>

#include "controller/base/text.h"
#include "controller/manifest/compose_syntax.h"
#include "controller/manifest/format.h"
#include "controller/manifest/rules.h"
#include "controller/manifest/validator.h"

namespace mooring::manifest {
namespace {

/// The kind's schema, after the two fields that say what the document is.
const Kind* CheckTypeMeta(const Node& document, Findings& findings) {
  const Node* version = document.Find("apiVersion");
  const Node* name = document.Find("kind");
  if (version == nullptr || name == nullptr) {
    findings.Add(
        document.at,
        fmt::format("this document has {} and no {}", version == nullptr ? "kind" : "apiVersion",
                    version == nullptr ? "apiVersion" : "kind"),
        version == nullptr
            ? fmt::format("add apiVersion: {}, or rename the field if this is no resource",
                          kApiVersion)
            : fmt::format("add kind: one of {}", KindNames()));
    return nullptr;
  }
  if (version->text != kApiVersion) {
    findings.Add(
        version->at,
        fmt::format("apiVersion must be {}, got \"{}\"", kApiVersion, version->text.substr(0, 60)),
        version->text.starts_with("mooring.dev/")
            ? fmt::format("write {}", kApiVersion)
            : "keep files of other tools out of the path that Mooring reads");
    return nullptr;
  }
  const Kind* kind = FindKind(name->text);
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const Kind& k : Kinds()) names.push_back(k.name);
    const std::string near = Nearest(name->text.substr(0, 64), names);
    findings.Add(name->at,
                 fmt::format("unknown kind \"{}\"; this release has {}", name->text.substr(0, 64),
                             Join(names, ", ")),
                 near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
  }
  return kind;
}

/// A kind of the whole fleet: the namespace is taken out, so that it is reported once.
void RefuseNamespace(Node& document, const std::string& kind, Findings& findings) {
  Node* metadata = document.Find("metadata");
  if (metadata == nullptr) return;
  std::erase_if(metadata->members, [&](const Member& m) {
    if (m.key != "namespace") return false;
    findings.Add(m.key_at, fmt::format("a {} is in no namespace", kind), "remove it");
    return true;
  });
}

std::optional<ResourceKey> ReadKey(const Node& document, const Kind& kind) {
  const Node* metadata = document.Find("metadata");
  if (metadata == nullptr) return std::nullopt;
  const std::string name(metadata->StringAt("name"));
  if (!kind.in_namespace) {
    return IsDnsLabel(name) ? std::optional(ResourceKey{kind.name, "", name}) : std::nullopt;
  }
  const Node* ns = metadata->Find("namespace");
  const std::string ns_name(ns == nullptr ? "default" : metadata->StringAt("namespace"));
  if (!IsDnsLabel(name) || !IsDnsLabel(ns_name)) return std::nullopt;
  return ResourceKey{kind.name, ns_name, name};
}

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

/// The value, and the places of it and of all below it in the order in which Json iterates.
Json ToJson(Node& node, std::vector<SourceMark>& marks) {
  marks.push_back({node.at.line, node.at.column});
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

std::map<std::string, std::string> ReadTexts(const Node* map) {
  std::map<std::string, std::string> texts;
  if (map == nullptr) return texts;
  for (const Member& m : map->members) texts[m.key] = m.value.text;
  return texts;
}

ResourcePtr Build(Node& document, ResourceKey key, const std::string& file) {
  auto resource = std::make_shared<Resource>();
  const Node* metadata = document.Find("metadata");
  resource->key = std::move(key);
  resource->labels = ReadTexts(metadata->Find("labels"));
  resource->annotations = ReadTexts(metadata->Find("annotations"));
  resource->source = {file, document.at.line, document.at.column};
  resource->spec = ToJson(*document.Find("spec"), resource->marks);
  resource->marks.shrink_to_fit();
  resource->spec_digest = SpecDigest(resource->spec, resource->derived);
  return resource;
}

}  // namespace

ReadDocument ReadResource(Node document, Findings& findings) {
  ReadDocument result;
  if (document.Find("apiVersion") == nullptr && document.Find("kind") == nullptr) return result;
  result.ours = true;
  const size_t before = findings.count();
  const Kind* kind = CheckTypeMeta(document, findings);
  if (kind == nullptr) return result;
  if (!kind->in_namespace) RefuseNamespace(document, kind->name, findings);
  result.key = ReadKey(document, *kind);
  if (Node* spec = document.Find("spec")) {
    if (kind->name == "App") {
      RefuseVariables(*spec, findings);
      ExpandComposeSyntax(*spec, findings);
      CheckAppRules(*spec, findings);
    } else if (kind->name == "Site") {
      CheckSiteRules(*spec, findings);
    }
  }
  Validate(document, *kind, findings);
  if (findings.count() == before && result.key) {
    result.resource = Build(document, *result.key, findings.file());
  }
  return result;
}

}  // namespace mooring::manifest
