// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/expand.h"

#include "controller/expand/host_names.h"
#include "controller/expand/host_ports.h"
#include "controller/expand/references.h"

namespace mooring::expand {

ResourcePtr Expander::WithDerived(const ResourcePtr& app, Json derived, Memory& memory) const {
  const auto known = memory_.find(app.get());
  if (known != memory_.end() && known->second.output->derived == derived) {
    memory.emplace(app.get(), known->second);
    return known->second.output;
  }
  auto changed = std::make_shared<Resource>(*app);
  changed->derived = std::move(derived);
  changed->spec_digest = SpecDigest(changed->spec, changed->derived);
  memory.emplace(app.get(), Memo{app, changed});
  return changed;
}

Expanded Expander::Expand(manifest::LoadResult loaded) {
  Expanded result;
  result.diagnostics = std::move(loaded.diagnostics);
  References references = CheckReferences(loaded, result.diagnostics);
  CheckHostNames(loaded.resources, result.diagnostics);
  CheckHostPorts(loaded.resources, result.diagnostics);
  std::sort(result.diagnostics.begin(), result.diagnostics.end());

  Memory memory;
  memory.reserve(references.routed_services.size());
  result.depends_on = std::move(references.depends_on);
  result.resources = std::move(loaded.resources);
  for (ResourcePtr& resource : result.resources) {
    const auto routed = references.routed_services.find(resource.get());
    if (routed == references.routed_services.end()) continue;
    resource = WithDerived(resource, {{"routedServices", routed->second}}, memory);
  }
  memory_ = std::move(memory);
  return result;
}

Expanded Expand(manifest::LoadResult loaded) { return Expander().Expand(std::move(loaded)); }

}  // namespace mooring::expand
