// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/composed.h"

#include <algorithm>
#include <iterator>

#include "controller/manifest/compose_syntax.h"
#include "controller/manifest/findings.h"
#include "controller/manifest/limits.h"
#include "controller/manifest/repository_fields.h"
#include "controller/manifest/rules.h"
#include "controller/manifest/scalar_forms.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/spec_tree.h"
#include "controller/manifest/validator.h"

namespace mooring::manifest {
namespace {

/// What the schema looks at: the App as if its services stood in it.
Node DocumentOf(const Resource& app, Node spec) {
  const Position at = spec.at;
  Node metadata = Node::Map(at);
  metadata.Add("name", Node::String(at, app.key.name));
  metadata.Add("namespace", Node::String(at, app.key.ns));
  Node document = Node::Map(at);
  document.Add("apiVersion", Node::String(at, kApiVersion));
  document.Add("kind", Node::String(at, app.key.kind));
  document.Add("metadata", std::move(metadata));
  document.Add("spec", std::move(spec));
  return document;
}

void Check(Node& document, const Kind& kind, Findings& findings) {
  Node& spec = *document.Find("spec");
  ExpandComposeSyntax(spec, findings);
  SettleScalars(document, kind.schema);
  RefuseForeignOrigins(spec, findings);
  CheckAppRules(spec, findings);
  CheckRepositoryFields(spec, findings);
  Validate(document, kind, findings);
}

}  // namespace

ResourcePtr LayModel(const Resource& app, Node model, const std::vector<std::string>& files,
                     Diagnostics& findings) {
  Diagnostics found;
  Findings list(app.source.file, Limits().findings_per_file, found);
  list.SetOverlay(app.overlay.empty() ? nullptr : &app.overlay);
  list.SetFiles(&files);
  Node spec = ToTree(app.spec, app.marks);
  std::erase_if(spec.members, [](const Member& m) { return m.key == "compose"; });
  std::ranges::move(model.members, std::back_inserter(spec.members));
  Node document = DocumentOf(app, std::move(spec));
  Check(document, *FindKind(app.key.kind), list);
  if (!found.empty()) {
    std::ranges::move(found, std::back_inserter(findings));
    return nullptr;
  }
  auto composed = std::make_shared<Resource>(app);
  composed->marks.clear();
  composed->model_files = files;
  composed->spec = ToJson(*document.Find("spec"), composed->marks);
  composed->marks.shrink_to_fit();
  composed->secrets = SecretUsesIn(composed->spec, app.key.ns);
  composed->spec_digest = SpecDigest(composed->spec, composed->derived);
  return composed;
}

}  // namespace mooring::manifest
