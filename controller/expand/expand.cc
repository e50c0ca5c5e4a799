// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/expand.h"

#include <algorithm>

#include "controller/expand/adopted_projects.h"
#include "controller/expand/autoscale.h"
#include "controller/expand/engine_names.h"
#include "controller/expand/host_names.h"
#include "controller/expand/host_ports.h"
#include "controller/expand/jobs.h"
#include "controller/expand/namespaces.h"
#include "controller/expand/placement.h"
#include "controller/expand/references.h"
#include "controller/resource/repository_files.h"

namespace mooring::expand {

namespace {

/// What others imply for `resource`; null: nothing.
Json DerivedOf(const Resource& resource, const References& references,
               const Namespaces& namespaces) {
  Json derived;
  if (resource.key.kind == "Namespace")
    derived["resources"] = namespaces.CountIn(resource.key.name);
  if (const auto* routed = references.RoutedServices(resource)) derived["routedServices"] = *routed;
  if (const std::string secrets = references.SecretsDigest(resource); !secrets.empty())
    derived["secrets"] = secrets;
  if (const auto* stopped = references.StoppedBackends(resource))
    derived[kStoppedBackends] = *stopped;
  if (const Json* logins = namespaces.RegistryCredentials(resource))
    derived[kRegistryCredentials] = *logins;
  const std::string suspended_by = namespaces.SuspendedBy(resource.key.ns);
  if (!suspended_by.empty()) derived[kSuspendedBy] = suspended_by;
  return derived;
}

bool HasSame(const Json& a, const Json& b, const char* field) {
  const auto of_a = a.find(field);
  const auto of_b = b.find(field);
  if (of_a == a.end() || of_b == b.end()) return of_a == a.end() && of_b == b.end();
  return *of_a == *of_b;
}

/// Whether one says to all others what the other says: whatever Placement, References, HostNames,
/// HostPorts and EngineNames read of a resource is the same.
bool SaysTheSame(const Resource& a, const Resource& b) {
  if (a.key != b.key || (a.key.kind != "App" && a.key.kind != "Site")) return false;
  if (a.secrets != b.secrets) return false;
  for (const char* field : {"placement", "dependsOn", "routes", "hosts", "redirectFrom", "adopt",
                            "jobs", "state", "networks"}) {
    if (!HasSame(a.spec, b.spec, field)) return false;
  }
  const auto services = a.spec.find("services");
  const auto others = b.spec.find("services");
  if (services == a.spec.end() || others == b.spec.end())
    return services == a.spec.end() && others == b.spec.end();
  return std::ranges::equal(services->items(), others->items(), [](const auto& x, const auto& y) {
    return x.key() == y.key() && HasSame(x.value(), y.value(), "ports") &&
           HasSame(x.value(), y.value(), "container_name") &&
           HasSame(x.value(), y.value(), "network_mode");
  });
}

bool IsClean(const manifest::LoadResult& loaded) {
  return loaded.complete && loaded.diagnostics.empty() && loaded.unresolved.empty() &&
         loaded.invalid.empty();
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
  // A suspension holds the spec back and makes no other of it; a login only serves to get images.
  derived.erase(kSuspendedBy);
  derived.erase(kStoppedBackends);
  if (const auto logins = derived.find(kRegistryCredentials); logins != derived.end()) {
    for (SecretUse& use : SecretUsesIn(*logins, resource->key.ns))
      changed->secrets.push_back(std::move(use));
    derived.erase(logins);
  }
  changed->spec_digest =
      SpecDigest(changed->spec, derived, changed->files ? changed->files->digest : "");
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
  const bool clean = IsClean(loaded);
  if (clean) {
    if (auto known = ExpandAsBefore(loaded)) return *std::move(known);
  }
  last_.reset();
  std::vector<ResourcePtr> inputs = clean ? loaded.resources : std::vector<ResourcePtr>();
  Expanded result = ExpandAll(std::move(loaded));
  if (clean && result.diagnostics.empty()) Remember(std::move(inputs), result);
  return result;
}

/// The last answer with the changed resources in their places; nullopt: more than that may change.
std::optional<Expanded> Expander::ExpandAsBefore(const manifest::LoadResult& loaded) {
  if (!last_ || last_->inputs.size() != loaded.resources.size()) return std::nullopt;
  std::vector<size_t> changed;
  for (size_t i = 0; i < loaded.resources.size(); ++i) {
    if (loaded.resources[i] == last_->inputs[i]) continue;
    // Of what is elsewhere, its place is told.
    if (last_->outputs[i] == nullptr || !SaysTheSame(*loaded.resources[i], *last_->inputs[i]))
      return std::nullopt;
    Diagnostics found;
    CheckJobs(*loaded.resources[i], found);
    CheckAutoscale(*loaded.resources[i], found);
    if (!found.empty()) return std::nullopt;
    changed.push_back(i);
  }
  for (const size_t i : changed) {
    const ResourcePtr& input = loaded.resources[i];
    const bool derived = last_->outputs[i] != last_->inputs[i];
    memory_.erase(last_->inputs[i].get());
    last_->outputs[i] = derived ? WithDerived(input, last_->outputs[i]->derived, memory_) : input;
    last_->inputs[i] = input;
  }
  Expanded result = last_->result;
  result.resources.reserve(last_->outputs.size());
  for (const ResourcePtr& output : last_->outputs) {
    if (output != nullptr) result.resources.push_back(output);
  }
  return result;
}

void Expander::Remember(std::vector<ResourcePtr> inputs, const Expanded& result) {
  last_.emplace();
  last_->result.not_placed = result.not_placed;
  last_->result.described = result.described;
  last_->result.depends_on = result.depends_on;
  // The order of what is here is that of the inputs.
  auto output = result.resources.begin();
  last_->outputs.reserve(inputs.size());
  for (const ResourcePtr& input : inputs) {
    const bool here = output != result.resources.end() && (*output)->key == input->key;
    last_->outputs.push_back(here ? *output++ : nullptr);
  }
  last_->inputs = std::move(inputs);
}

Expanded Expander::ExpandAll(manifest::LoadResult loaded) {
  Expanded result;
  result.diagnostics = std::move(loaded.diagnostics);
  Place(loaded, result);
  const Namespaces namespaces(loaded.resources);
  References references(loaded, result.not_placed, namespaces, result.diagnostics);
  HostNames host_names(result.diagnostics);
  HostPorts host_ports(result.diagnostics);
  EngineNames engine_names(result.diagnostics);
  AdoptedProjects adopted_projects(result.diagnostics);
  for (const ResourcePtr& resource : loaded.resources) {
    references.Follow(*resource);
    if (resource->key.kind == "Site") host_names.Add(*resource);
    if (resource->key.kind != "App") continue;
    host_ports.Add(*resource);
    engine_names.Add(*resource);
    adopted_projects.Add(*resource);
    CheckJobs(*resource, result.diagnostics);
    CheckAutoscale(*resource, result.diagnostics);
  }
  result.depends_on = references.TakeDependencies();
  std::sort(result.diagnostics.begin(), result.diagnostics.end());

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
