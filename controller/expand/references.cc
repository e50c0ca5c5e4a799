// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/references.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/expand/jobs.h"

namespace mooring::expand {
namespace {

/// Where the values of a Secret stand by key: encrypted, or the provider's names for them.
const Json* ValuesOf(const Resource& secret) {
  for (const char* field : {"data", "keys"}) {
    const auto found = secret.spec.find(field);
    if (found != secret.spec.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

std::string References::Place::Pointer() const {
  return fmt::format("/{}/{}/{}", list, index, field);
}

References::References(const manifest::LoadResult& loaded, const std::vector<NotPlaced>& not_placed,
                       const Namespaces& namespaces, Diagnostics& diagnostics)
    : loaded_(loaded),
      not_placed_(not_placed),
      namespaces_(namespaces),
      diagnostics_(diagnostics),
      index_(loaded.resources.size()) {
  for (const ResourcePtr& r : loaded.resources) index_.Add(*r);
}

void References::Follow(const Resource& resource) {
  FollowDependsOn(resource);
  if (resource.key.kind == "Site") FollowBackends(resource);
  FollowSecrets(resource);
}

const std::set<std::string>* References::RoutedServices(const Resource& app) const {
  const auto found = routed_services_.find(&app);
  return found == routed_services_.end() ? nullptr : &found->second;
}

const std::set<std::string>* References::StoppedBackends(const Resource& site) const {
  const auto found = stopped_backends_.find(&site);
  return found == stopped_backends_.end() ? nullptr : &found->second;
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
    if (Find(key, resource, place.Pointer()) != nullptr) depends_on_[resource.key].push_back(key);
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
    const Resource* app = Find(key, site, place.Pointer());
    if (app == nullptr || !HasService(*app, service, site, place)) continue;
    depends_on_[site.key].push_back(key);
    routed_services_[app].insert(service);
    if (IsStopped(*app)) stopped_backends_[&site].insert(app->key.ToString());
  }
}

void References::FollowSecrets(const Resource& resource) {
  const ResourceKey& key = resource.key;
  if (resource.secrets.empty() && key.kind != "App") return;
  const auto add = [&](const Secrets& secrets) {
    if (secrets.keys.empty()) return;
    auto& needed = depends_on_[key];
    needed.insert(needed.end(), secrets.keys.begin(), secrets.keys.end());
  };
  if (!resource.secrets.empty()) {
    const Secrets& own = SecretsOf(resource);
    if (key.kind != "Namespace") add(own);  // a Namespace waits for nothing: its Apps do
  }
  if (key.kind != "App") return;
  const Resource* ns = namespaces_.Find(key.ns);
  if (ns != nullptr && !ns->secrets.empty()) add(SecretsOf(*ns));
}

const References::Secrets& References::SecretsOf(const Resource& holder) {
  const auto [found, is_new] = secrets_.try_emplace(&holder);
  Secrets& secrets = found->second;
  if (!is_new) return secrets;
  for (const SecretUse& use : holder.secrets) {
    const ResourceKey key = use.ref.Secret();
    const Resource* secret = Find(key, holder, use.pointer);
    if (secret == nullptr || !MayUse(*secret, holder, use)) continue;
    secrets.keys.push_back(key);
    secrets.seen += fmt::format("{} {} {} {}\n", use.pointer, key.ToString(),
                                secret->spec.value("provider", ""),
                                ValuesOf(*secret)->at(use.ref.key).get_ref<const std::string&>());
  }
  return secrets;
}

/// Whether the Secret is open to the holder's namespace and has the key; else there is a finding.
bool References::MayUse(const Resource& secret, const Resource& holder, const SecretUse& use) {
  const auto refuse = [&](std::string what, std::string hint) {
    diagnostics_.push_back({holder.LocationOf(use.pointer), std::move(what), std::move(hint)});
    return false;
  };
  const std::string& ns = holder.key.kind == "Namespace" ? holder.key.name : holder.key.ns;
  if (secret.key.ns != ns) {
    const auto allowed = secret.spec.value("allowFrom", std::vector<std::string>());
    if (std::ranges::find(allowed, ns) == allowed.end()) {
      return refuse(fmt::format("{} is not open to namespace {}", secret.key.ToString(), ns),
                    fmt::format("add allowFrom: [{}] there ({}), or use a Secret of {}", ns,
                                secret.source.ToString(), ns));
    }
  }
  const Json* values = ValuesOf(secret);
  if (values != nullptr && values->contains(use.ref.key)) return true;
  std::vector<std::string> names;
  const Json known = values == nullptr ? Json::object() : *values;
  for (const auto& [name, value] : known.items()) names.push_back(name);
  return refuse(fmt::format("{} has no key \"{}\"", secret.key.ToString(), use.ref.key),
                names.empty() ? "add it there" : "it has: " + Join(names, ", "));
}

std::string References::SecretsDigest(const Resource& user) const {
  const auto found = secrets_.find(&user);
  return found == secrets_.end() || found->second.seen.empty() ? "" : Sha256Hex(found->second.seen);
}

bool References::HasService(const Resource& app, const std::string& service, const Resource& site,
                            const Place& place) {
  const Json& services = app.spec.at("services");
  if (services.contains(service) && !IsJob(app, service)) {
    const auto mode = services.at(service).find("network_mode");
    if (mode == services.at(service).end()) return true;
    diagnostics_.push_back(
        {site.LocationOf(place.Pointer()),
         fmt::format("service \"{}\" of {} has network_mode {} and no address of its own", service,
                     app.key.ToString(), mode->get_ref<const std::string&>()),
         "take network_mode out, or write the address where it listens, such as "
         "http://127.0.0.1:8080"});
    return false;
  }
  if (services.contains(service)) {
    diagnostics_.push_back(
        {site.LocationOf(place.Pointer()),
         fmt::format("service \"{}\" of {} is a job: nothing listens there between its runs",
                     service, app.key.ToString()),
         "point at a service that is kept running"});
    return false;
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : services.items()) names.push_back(name);
  diagnostics_.push_back({site.LocationOf(place.Pointer()),
                          fmt::format("{} has no service \"{}\"", app.key.ToString(), service),
                          "it has: " + Join(names, ", ")});
  return false;
}

/// The resource that `from` names at `place`; a finding when there can be none.
const Resource* References::Find(const ResourceKey& key, const Resource& from,
                                 const std::string& pointer) {
  if (const Resource* found = index_.Find(key)) return found;
  const auto elsewhere = std::ranges::lower_bound(not_placed_, key, {}, &NotPlaced::key);
  if (elsewhere != not_placed_.end() && elsewhere->key == key) {
    diagnostics_.push_back(
        {from.LocationOf(pointer),
         fmt::format("{} is not on this host: {}", key.ToString(), elsewhere->why),
         "place both alike, or remove what names it"});
    return nullptr;
  }
  if (!loaded_.complete || loaded_.invalid.contains(key)) return nullptr;
  diagnostics_.push_back(
      {from.LocationOf(pointer), fmt::format("there is no {}", key.ToString()), Advice(key)});
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
