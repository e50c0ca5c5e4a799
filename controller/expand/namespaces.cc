// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/namespaces.h"

namespace mooring::expand {

Namespaces::Namespaces(const std::vector<ResourcePtr>& resources) {
  for (const ResourcePtr& resource : resources) {
    const ResourceKey& key = resource->key;
    if (key.kind == "Namespace") documents_.emplace(key.name, resource.get());
    if (!key.ns.empty()) ++counts_[key.ns];
  }
}

const Resource* Namespaces::Find(const std::string& ns) const {
  const auto found = documents_.find(ns);
  return found == documents_.end() ? nullptr : found->second;
}

const Json* Namespaces::RegistryCredentials(const Resource& resource) const {
  const Resource* ns = resource.key.kind == "App" ? Find(resource.key.ns) : nullptr;
  if (ns == nullptr) return nullptr;
  const auto logins = ns->spec.find(kRegistryCredentials);
  return logins == ns->spec.end() || logins->empty() ? nullptr : &*logins;
}

std::string Namespaces::SuspendedBy(const std::string& ns) const {
  const Resource* document = Find(ns);
  if (document == nullptr || !document->spec.value("suspend", false)) return "";
  return document->key.ToString();
}

size_t Namespaces::CountIn(const std::string& ns) const {
  const auto found = counts_.find(ns);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace mooring::expand
