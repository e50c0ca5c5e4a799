// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/secret_text.h"

#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {
namespace {

/// A file of Git has less; what SOPS opened of it has about as much.
constexpr Limits kLimits{.file_bytes = 16 << 20};

}  // namespace

Result<std::map<ResourceKey, std::map<std::string, SecretString>>> SecretsInText(
    const SecretString& clear) {
  const ParsedFile parsed = ParseYaml("", clear.Reveal(), kLimits);
  if (!parsed.diagnostics.empty()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "what SOPS opened is no YAML that can be read (its values are not shown)");
  }
  std::map<ResourceKey, std::map<std::string, SecretString>> secrets;
  for (const Document& document : parsed.documents) {
    const Node* metadata = document.root.Find("metadata");
    const Node* spec = document.root.Find("spec");
    const Node* data = spec == nullptr ? nullptr : spec->Find("data");
    if (document.root.StringAt("kind") != "Secret" || metadata == nullptr || data == nullptr)
      continue;
    const bool has_ns = metadata->Find("namespace") != nullptr;
    const ResourceKey key{"Secret",
                          has_ns ? std::string(metadata->StringAt("namespace")) : "default",
                          std::string(metadata->StringAt("name"))};
    for (const Member& m : data->members) secrets[key][m.key] = SecretString(m.value.text);
  }
  return secrets;
}

}  // namespace mooring::manifest
