// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/expand.h"

#include "controller/expand/host_names.h"
#include "controller/expand/host_ports.h"
#include "controller/expand/namespaces.h"
#include "controller/expand/placement.h"
#include "controller/expand/references.h"

namespace mooring::expand {

namespace {

/// What others imply for `resource`; null: nothing.
Json DerivedOf(const Resource& resource, const References& references,
               const Namespaces& namespaces) {
  Json derived;
  if (resource.key.kind == "Namespace")
    derived["resources"] = namespaces.CountIn(resource.key.name);
  if (const auto* routed = references.RoutedServices(resource)) derived["routedServices"] = *routed;
  const std::string suspended_by = namespaces.SuspendedBy(resource.key.ns);
  if (!suspended_by.empty()) derived[kSuspendedBy] = suspended_by;
  return derived;
}

}  // namespace

ResourcePtr Expander::WithDerived(const ResourcePtr& resource, Json derived, Memory& memory) const {
  const auto known = memory_.find(resource.get());
  if (known != memory_.end() && known->second.output->derived == derived) {
    memory.emplace(resource.get(), known->second);
    return known->second.output;
  }
  auto changed = std::make_shared<Resource>(*resource);
  changed->derived = derived;
  // A suspension holds the spec back and makes no other of it.
  derived.erase(kSuspendedBy);
  changed->spec_digest = SpecDigest(changed->spec, derived);
  memory.emplace(resource.get(), Memo{resource, changed});
  return changed;
}

void Expander::Place(manifest::LoadResult& loaded, Expanded& result) const {
  const Namespaces namespaces(loaded.resources);
  const Placement placement(loaded, namespaces, host_);
  result.described = placement.IsDescribed();
  placement.CheckHost(loaded, result.diagnostics);
  const auto is_elsewhere = [&](const Resource& resource) {
    auto why = placement.WhyElsewhere(resource);
    if (why) result.not_placed.push_back({resource.key, resource.source, *std::move(why)});
    return why.has_value();
  };
  // Who is where is asked of all of them, so none may go before.
  std::vector<ResourcePtr> here;
  here.reserve(loaded.resources.size());
  for (const ResourcePtr& resource : loaded.resources) {
    if (!is_elsewhere(*resource)) here.push_back(resource);
  }
  for (const manifest::Unresolved& unresolved : loaded.unresolved) {
    if (is_elsewhere(*unresolved.outline)) continue;
    loaded.invalid.insert(unresolved.outline->key);
    result.diagnostics.insert(result.diagnostics.end(), unresolved.diagnostics.begin(),
                              unresolved.diagnostics.end());
  }
  loaded.resources = std::move(here);
  std::sort(result.not_placed.begin(), result.not_placed.end(),
            [](const NotPlaced& a, const NotPlaced& b) { return a.key < b.key; });
}

Expanded Expander::Expand(manifest::LoadResult loaded) {
  Expanded result;
  result.diagnostics = std::move(loaded.diagnostics);
  Place(loaded, result);
  References references(loaded, result.not_placed, result.diagnostics);
  HostNames host_names(result.diagnostics);
  HostPorts host_ports(result.diagnostics);
  for (const ResourcePtr& resource : loaded.resources) {
    references.Follow(*resource);
    if (resource->key.kind == "Site") host_names.Add(*resource);
    if (resource->key.kind == "App") host_ports.Add(*resource);
  }
  result.depends_on = references.TakeDependencies();
  std::sort(result.diagnostics.begin(), result.diagnostics.end());

  const Namespaces namespaces(loaded.resources);
  Memory memory;
  for (ResourcePtr& resource : loaded.resources) {
    Json derived = DerivedOf(*resource, references, namespaces);
    if (!derived.is_null()) resource = WithDerived(resource, std::move(derived), memory);
  }
  memory_ = std::move(memory);
  result.resources = std::move(loaded.resources);
  return result;
}

Expanded Expand(manifest::LoadResult loaded, std::string host) {
  return Expander(std::move(host)).Expand(std::move(loaded));
}

}  // namespace mooring::expand
