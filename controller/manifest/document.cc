// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/document.h"

#include "controller/base/text.h"
#include "controller/manifest/compose_syntax.h"
#include "controller/manifest/format.h"
#include "controller/manifest/repository_fields.h"
#include "controller/manifest/rules.h"
#include "controller/manifest/scalar_forms.h"
#include "controller/manifest/sops.h"
#include "controller/manifest/spec_tree.h"
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
  if (IsSopsValue(version->text)) {
    findings.Add(version->at, "SOPS encrypted the whole document, also what says what it is",
                 "decrypt it, and encrypt only its values: sops encrypt --in-place "
                 "--encrypted-regex '^data$'");
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

std::map<std::string, std::string> ReadTexts(const Node* map) {
  std::map<std::string, std::string> texts;
  if (map == nullptr) return texts;
  for (const Member& m : map->members) texts[m.key] = m.value.text;
  return texts;
}

std::shared_ptr<Resource> Begin(const Node& document, ResourceKey key, const std::string& file,
                                const Overlay* overlay) {
  auto resource = std::make_shared<Resource>();
  resource->key = std::move(key);
  resource->source = {file, document.at.line, document.at.column};
  if (overlay != nullptr) resource->overlay = overlay->file;
  return resource;
}

/// What says where a resource is placed, of a spec that cannot be checked.
ResourcePtr Outline(Node& document, ResourceKey key, const std::string& file,
                    const Overlay* overlay) {
  auto resource = Begin(document, std::move(key), file, overlay);
  Node* spec = document.Find("spec");
  std::vector<SourceMark> marks;
  for (const std::string_view field : {"placement", "routes"}) {
    Node* value = spec == nullptr ? nullptr : spec->Find(field);
    if (value != nullptr) resource->spec[std::string(field)] = ToJson(*value, marks);
  }
  return resource;
}

ResourcePtr Build(Node& document, ResourceKey key, const std::string& file, const Overlay* overlay,
                  std::vector<EncryptedFile> encrypted) {
  auto resource = Begin(document, std::move(key), file, overlay);
  resource->encrypted = std::move(encrypted);
  const Node* metadata = document.Find("metadata");
  resource->labels = ReadTexts(metadata->Find("labels"));
  resource->annotations = ReadTexts(metadata->Find("annotations"));
  resource->spec = ToJson(*document.Find("spec"), resource->marks);
  resource->marks.shrink_to_fit();
  const ResourceKey& id = resource->key;
  resource->secrets = SecretUsesIn(resource->spec, id.kind == "Namespace" ? id.name : id.ns);
  resource->spec_digest = SpecDigest(resource->spec, resource->derived);
  return resource;
}

/// Only what names a provider's values may have variables in it.
bool HoldsSecretValues(const Kind& kind, const Node& document) {
  const Node* spec = document.Find("spec");
  return kind.name == "Secret" && (spec == nullptr || spec->Find("provider") == nullptr);
}

std::string_view Article(std::string_view kind) {
  return std::string_view("AEIOU").find(kind.front()) == std::string_view::npos ? "a" : "an";
}

/// Takes the block of SOPS out of the document. Null: it has none.
SharedText TakeEncrypted(const Kind& kind, const SharedText& text, Node& document,
                         Findings& findings) {
  const auto block = TakeSopsBlock(document, findings);
  if (!block) return nullptr;
  if (kind.name == "Secret") return text;
  findings.Add(block->at, fmt::format("{} {} cannot be encrypted", Article(kind.name), kind.name),
               "write its secret values into a Secret, in a file of its own, and refer to them "
               "with secretRef");
  return nullptr;
}

void CheckRules(const Kind& kind, Node& document, const EncryptedParts& encrypted,
                Findings& findings) {
  Node* spec = document.Find("spec");
  if (kind.name == "Secret") CheckSecretRules(document, encrypted, findings);
  if (spec != nullptr && kind.name == "App") {
    ExpandComposeSyntax(*spec, findings);
    SettleScalars(document, kind.schema);
    RefuseForeignOrigins(*spec, findings);
    ResolveRepositoryFields(*spec, findings);
    CheckComposeField(*spec, findings);
    // What is in Compose files is checked once it is read, as a whole.
    if (spec->Find("compose") == nullptr) {
      CheckAppRules(*spec, findings);
      CheckRepositoryFields(*spec, findings);
    }
  } else if (spec != nullptr && kind.name == "Site") {
    CheckSiteRules(*spec, findings);
  }
  if (spec != nullptr) CheckDriftRules(kind, *spec, findings);
  Validate(document, kind, findings);
}

}  // namespace

Identity Identify(Node& document, Findings& findings) {
  Identity identity;
  if (document.Find("apiVersion") == nullptr && document.Find("kind") == nullptr) return identity;
  identity.ours = true;
  identity.kind = CheckTypeMeta(document, findings);
  if (identity.kind == nullptr) return identity;
  if (!identity.kind->in_namespace) RefuseNamespace(document, identity.kind->name, findings);
  identity.key = ReadKey(document, *identity.kind);
  return identity;
}

ReadDocument ReadResource(Node document, const SharedText& text, const Environment& environment,
                          Findings& findings) {
  ReadDocument result;
  const size_t before = findings.count();
  Identity identity = Identify(document, findings);
  result.ours = identity.ours;
  if (identity.kind == nullptr) return result;
  result.key = std::move(identity.key);
  const Kind& kind = *identity.kind;
  const Overlay* overlay = nullptr;
  std::vector<EncryptedFile> encrypted;
  EncryptedParts parts{};
  if (SharedText whole = TakeEncrypted(kind, text, document, findings)) {
    encrypted.push_back({findings.file(), std::move(whole)});
    parts[0] = true;
  }
  // A Host says which overlays and variables there are, so it has none itself.
  if (result.key && kind.name != "Host") {
    overlay = environment.OverlayOf(*result.key);
    findings.SetOverlay(overlay == nullptr ? nullptr : &overlay->file);
    if (overlay != nullptr) {
      MergeOver(document, overlay->document, 1);
      if (SharedText whole = TakeEncrypted(kind, overlay->text, document, findings)) {
        encrypted.push_back({overlay->file, std::move(whole)});
        parts[1] = true;
      }
    }
    const size_t until_here = findings.count();
    Substitution substitution;
    // A message must not show what stands in clear in a Secret.
    if (Node* spec = document.Find("spec"); spec != nullptr && kind.name == "App")
      TakeConfigsFromVariables(*spec);
    if (!HoldsSecretValues(kind, document)) {
      substitution = Substitute(document, kind, *result.key, environment.variables, findings);
    }
    result.lookups = std::move(substitution.lookups);
    result.undefined = std::move(substitution.undefined);
    // What still has variables in it would break the schema, too.
    if (findings.count() != until_here) return result;
    if (substitution.incomplete) {
      if (until_here == before && !findings.IsFull())
        result.outline = Outline(document, *result.key, findings.file(), overlay);
      return result;
    }
  }
  CheckRules(kind, document, parts, findings);
  // A full list, of what was wrong with the YAML itself, ends the checks before they are through.
  if (findings.count() == before && !findings.IsFull() && result.key)
    result.resource = Build(document, *result.key, findings.file(), overlay, std::move(encrypted));
  return result;
}

}  // namespace mooring::manifest
