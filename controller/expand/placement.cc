// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/placement.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::expand {
namespace {

constexpr char kHostLabel[] = "mooring.dev/host";

/// The selector that the spec itself names. A spec with findings may hold anything.
const Json* OwnSelector(const Resource& resource) {
  const auto placement = resource.spec.find("placement");
  if (placement == resource.spec.end() || !placement->is_object()) return nullptr;
  const auto labels = placement->find("matchLabels");
  return labels == placement->end() || !labels->is_object() ? nullptr : &*labels;
}

/// The Apps that the routes of a Site lead to.
std::vector<ResourceKey> BackendsOf(const Resource& site) {
  std::vector<ResourceKey> apps;
  const auto routes = site.spec.find("routes");
  if (routes == site.spec.end() || !routes->is_array()) return apps;
  for (const Json& route : *routes) {
    const auto backend = route.is_object() ? route.find("backend") : route.end();
    if (!route.is_object() || backend == route.end() || !backend->is_string()) continue;
    const std::string& text = backend->get_ref<const std::string&>();
    if (text.find("://") != std::string::npos) continue;
    apps.push_back({"App", site.key.ns, text.substr(0, text.find('/'))});
  }
  return apps;
}

}  // namespace

Placement::Placement(const manifest::LoadResult& loaded, const Namespaces& namespaces,
                     std::string host)
    : namespaces_(namespaces), host_(std::move(host)), apps_(loaded.resources.size()) {
  for (const ResourcePtr& resource : loaded.resources) {
    const ResourceKey& key = resource->key;
    if (key.kind == "App") apps_.Add(*resource);
    if (key.kind == "Host" && key.name == host_) document_ = resource.get();
  }
  for (const auto& unresolved : loaded.unresolved) apps_.Add(*unresolved.outline);
  if (document_ != nullptr) labels_ = document_->labels;
  labels_[kHostLabel] = host_;
}

void Placement::CheckHost(const manifest::LoadResult& loaded, Diagnostics& diagnostics) const {
  const ResourceKey ours{"Host", "", host_};
  if (host_.empty() || document_ != nullptr || loaded.invalid.contains(ours)) return;
  std::vector<std::string> names;
  const Resource* first = nullptr;
  for (const ResourcePtr& resource : loaded.resources) {
    if (resource->key.kind != "Host") continue;
    names.push_back(resource->key.name);
    if (first == nullptr || resource->key < first->key) first = resource.get();
  }
  if (first == nullptr) return;
  std::sort(names.begin(), names.end());
  const std::string near = Nearest(host_, names);
  diagnostics.push_back(
      {first->source,
       fmt::format("no Host is called \"{}\", and that is the name of this host", host_),
       near.empty() ? fmt::format("add its document, or set host.name in mooring.yaml; there are: "
                                  "{}",
                                  Join(names, ", "))
                    : fmt::format("set host.name in mooring.yaml, did you mean \"{}\"?", near)});
}

std::optional<std::string> Placement::WhyElsewhere(const Resource& resource) const {
  const std::string& kind = resource.key.kind;
  if (host_.empty() || kind == "Host" || kind == "Namespace") return std::nullopt;
  if (const Json* own = OwnSelector(resource)) return Mismatch(*own);
  if (kind == "Site") {
    bool has_backends = false;
    auto why = WhereBackendsAre(resource, &has_backends);
    if (has_backends) return why;
  }
  const Resource* ns = namespaces_.Find(resource.key.ns);
  const Json* theirs = ns == nullptr ? nullptr : OwnSelector(*ns);
  if (theirs == nullptr) return std::nullopt;
  auto why = Mismatch(*theirs);
  return why ? std::optional(ns->key.ToString() + " has " + *why) : std::nullopt;
}

std::optional<std::string> Placement::Mismatch(const Json& labels) const {
  for (const auto& [label, value] : labels.items()) {
    if (!value.is_string()) return std::nullopt;  // a finding of its own
    const std::string& wanted = value.get_ref<const std::string&>();
    const auto found = labels_.find(label);
    if (found != labels_.end() && found->second == wanted) continue;
    return fmt::format(
        "placement {}={}, and {} has {}", label, wanted, host_,
        found == labels_.end() ? "no such label" : fmt::format("{}={}", label, found->second));
  }
  return std::nullopt;
}

/// One of the backends here is enough: that another is not is a finding of the reference.
std::optional<std::string> Placement::WhereBackendsAre(const Resource& site,
                                                       bool* has_backends) const {
  std::vector<std::string> elsewhere;
  for (const ResourceKey& key : BackendsOf(site)) {
    const Resource* app = apps_.Find(key);
    if (app == nullptr) continue;
    *has_backends = true;
    if (!WhyElsewhere(*app)) return std::nullopt;
    elsewhere.push_back(key.ToString());
  }
  std::sort(elsewhere.begin(), elsewhere.end());
  elsewhere.erase(std::unique(elsewhere.begin(), elsewhere.end()), elsewhere.end());
  return "its backends are not here: " + Join(elsewhere, ", ");
}

}  // namespace mooring::expand
