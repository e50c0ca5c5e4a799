// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/references.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::expand {

std::string References::Place::Pointer() const {
  return fmt::format("/{}/{}/{}", list, index, field);
}

References::References(const manifest::LoadResult& loaded, const std::vector<NotPlaced>& not_placed,
                       Diagnostics& diagnostics)
    : loaded_(loaded),
      not_placed_(not_placed),
      diagnostics_(diagnostics),
      index_(loaded.resources.size()) {
  for (const ResourcePtr& r : loaded.resources) index_.Add(*r);
}

void References::Follow(const Resource& resource) {
  FollowDependsOn(resource);
  if (resource.key.kind == "Site") FollowBackends(resource);
}

const std::set<std::string>* References::RoutedServices(const Resource& app) const {
  const auto found = routed_services_.find(&app);
  return found == routed_services_.end() ? nullptr : &found->second;
}

std::map<ResourceKey, std::vector<ResourceKey>> References::TakeDependencies() {
  for (auto& [key, needed] : depends_on_) {
    std::sort(needed.begin(), needed.end());
    needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  }
  return std::move(depends_on_);
}

void References::FollowDependsOn(const Resource& resource) {
  const auto list = resource.spec.find("dependsOn");
  if (list == resource.spec.end()) return;
  size_t index = 0;
  for (const Json& entry : *list) {
    const Place place{"dependsOn", index++, "name"};
    const ResourceKey key{entry.value("kind", ""), entry.value("namespace", resource.key.ns),
                          entry.value("name", "")};
    if (Find(key, resource, place) != nullptr) depends_on_[resource.key].push_back(key);
  }
}

void References::FollowBackends(const Resource& site) {
  size_t index = 0;
  for (const Json& route : site.spec.at("routes")) {
    const Place place{"routes", index++, "backend"};
    const auto backend = route.find("backend");
    if (backend == route.end()) continue;
    const std::string& text = backend->get_ref<const std::string&>();
    if (text.find("://") != std::string::npos) continue;
    const size_t slash = text.find('/');
    const ResourceKey key{"App", site.key.ns, text.substr(0, slash)};
    const std::string service = text.substr(slash + 1, text.rfind('/') - slash - 1);
    const Resource* app = Find(key, site, place);
    if (app == nullptr || !HasService(*app, service, site, place)) continue;
    depends_on_[site.key].push_back(key);
    routed_services_[app].insert(service);
  }
}

bool References::HasService(const Resource& app, const std::string& service, const Resource& site,
                            const Place& place) {
  const Json& services = app.spec.at("services");
  if (services.contains(service)) return true;
  std::vector<std::string> names;
  for (const auto& [name, value] : services.items()) names.push_back(name);
  diagnostics_.push_back({site.LocationOf(place.Pointer()),
                          fmt::format("{} has no service \"{}\"", app.key.ToString(), service),
                          "it has: " + Join(names, ", ")});
  return false;
}

/// The resource that `from` names at `place`; a finding when there can be none.
const Resource* References::Find(const ResourceKey& key, const Resource& from, const Place& place) {
  if (const Resource* found = index_.Find(key)) return found;
  const auto elsewhere = std::ranges::lower_bound(not_placed_, key, {}, &NotPlaced::key);
  if (elsewhere != not_placed_.end() && elsewhere->key == key) {
    diagnostics_.push_back(
        {from.LocationOf(place.Pointer()),
         fmt::format("{} is not on this host: {}", key.ToString(), elsewhere->why),
         "place both alike, or remove what names it"});
    return nullptr;
  }
  if (!loaded_.complete || loaded_.invalid.contains(key)) return nullptr;
  diagnostics_.push_back({from.LocationOf(place.Pointer()),
                          fmt::format("there is no {}", key.ToString()), Advice(key)});
  return nullptr;
}

/// A slip of the pen, or the name in another namespace. It looks at every resource, so it is given
/// for the first missing ones only.
std::string References::Advice(const ResourceKey& key) {
  constexpr int kMostAdvice = 20;
  std::string general = "add it, or remove what names it";
  if (++advice_ > kMostAdvice) return general;
  std::vector<std::string> names;
  const Resource* elsewhere = nullptr;
  for (const ResourcePtr& r : loaded_.resources) {
    if (r->key.kind != key.kind) continue;
    if (r->key.ns == key.ns) names.push_back(r->key.name);
    if (r->key.name == key.name) elsewhere = r.get();
  }
  const std::string near = Nearest(key.name, names);
  if (!near.empty()) return fmt::format("did you mean \"{}\"?", near);
  if (elsewhere == nullptr) return general;
  return fmt::format("{} is in another namespace", elsewhere->key.ToString());
}

}  // namespace mooring::expand
