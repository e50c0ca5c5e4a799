// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/policy.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/validator.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {
namespace {

PrunePolicy ReadPrune(const Node& root) {
  PrunePolicy prune;
  const Node* part = root.Find("prune");
  if (part == nullptr) return prune;
  if (const Node* percent = part->Find("maxPercent")) prune.max_percent = std::stoi(percent->text);
  prune.confirm = part->StringAt("confirm");
  return prune;
}

SourcePolicy ReadRoot(const Node& root, Findings& findings) {
  SourcePolicy policy;
  if (!root.IsMap()) {
    findings.Add(root.at, "the policy must be a map of keys",
                 "begin with: apiVersion: mooring.dev/v1alpha1");
    return policy;
  }
  Validate(root, PolicyKind(), findings);
  if (findings.count() > 0) return policy;
  policy.prune = ReadPrune(root);
  for (const Member& member : root.members) {
    const Schema* part = PolicyKind().schema.Find(member.key);
    if (part->later == Schema::Later::kIgnored) policy.without_effect.push_back(member.key);
  }
  return policy;
}

}  // namespace

Result<SourcePolicy> ReadPolicy(const FileTree& tree, const FileTree::Entry& entry,
                                const Limits& limits, Diagnostics& diagnostics) {
  if (entry.type != FileTree::Type::kFile || entry.size > limits.file_bytes) {
    diagnostics.push_back({{entry.path},
                           "the policy must be a file of a reasonable size, and no link",
                           "put the file itself here"});
    return SourcePolicy();
  }
  auto text = tree.Read(entry);
  if (!text) return std::unexpected(text.error().WithContext("read " + entry.path));
  ParsedFile parsed = ParseYaml(entry.path, *text, limits);
  Diagnostics found = std::move(parsed.diagnostics);
  Findings findings(entry.path, limits.findings_per_file, found);
  SourcePolicy policy;
  for (size_t i = 0; i < parsed.documents.size(); ++i) {
    Document& document = parsed.documents[i];
    if (document.root.IsNull() && document.diagnostics.empty()) continue;
    found.insert(found.end(), document.diagnostics.begin(), document.diagnostics.end());
    if (i > 0) {
      findings.Add(document.root.at, "the policy must be one document", "remove the ---");
      continue;
    }
    policy = ReadRoot(document.root, findings);
  }
  if (found.empty()) return policy;
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  return SourcePolicy();
}

std::string NoteOn(const SourcePolicy& policy) {
  const auto& parts = policy.without_effect;
  if (parts.empty()) return "";
  return fmt::format("{}: {} {} checked and {} no effect in this version", kPolicyFile,
                     Join(parts, ", "), parts.size() == 1 ? "is" : "are",
                     parts.size() == 1 ? "has" : "have");
}

}  // namespace mooring::manifest
