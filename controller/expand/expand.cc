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
  References references(loaded, result.diagnostics);
  HostNames host_names(result.diagnostics);
  HostPorts host_ports(result.diagnostics);
  for (const ResourcePtr& resource : loaded.resources) {
    references.Follow(*resource);
    if (resource->key.kind == "Site") host_names.Add(*resource);
    if (resource->key.kind == "App") host_ports.Add(*resource);
  }
  result.depends_on = references.TakeDependencies();
  std::sort(result.diagnostics.begin(), result.diagnostics.end());

  Memory memory;
  for (ResourcePtr& resource : loaded.resources) {
    const std::set<std::string>* routed = references.RoutedServices(*resource);
    if (routed != nullptr) resource = WithDerived(resource, {{"routedServices", *routed}}, memory);
  }
  memory_ = std::move(memory);
  result.resources = std::move(loaded.resources);
  return result;
}

Expanded Expand(manifest::LoadResult loaded) { return Expander().Expand(std::move(loaded)); }

}  // namespace mooring::expand
