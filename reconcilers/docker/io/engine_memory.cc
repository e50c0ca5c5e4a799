// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_memory.h"

#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/subnet.h"

namespace mooring::docker {
namespace {

constexpr char kAppKind[] = "App";

std::optional<ResourceKey> KeyOf(const std::map<std::string, std::string>& labels,
                                 const std::string& instance) {
  const auto get = [&](const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
  };
  ResourceKey key{get(label::kKind), get(label::kNamespace), get(label::kName)};
  if (get(label::kInstance) != instance || key.kind.empty() || key.ns.empty() || key.name.empty())
    return std::nullopt;
  return key;
}

std::string NetworkNameOf(const ResourceKey& key) {
  return AppSpec{.ns = key.ns, .name = key.name}.NetworkName();
}

/// The App that a name like "default_shop" or "default_shop_web_1" would belong to.
std::optional<ResourceKey> KeyOfName(const std::string& name) {
  const size_t first = name.find('_');
  if (first == std::string::npos) return std::nullopt;
  const size_t second = std::min(name.find('_', first + 1), name.size());
  return ResourceKey{kAppKind, name.substr(0, first), name.substr(first + 1, second - first - 1)};
}

bool IsSame(const SummaryPtr& a, const SummaryPtr& b) { return a == b || *a == *b; }

std::string Attribute(const EngineEvent& event, const char* name) {
  const auto found = event.attributes.find(name);
  return found == event.attributes.end() ? "" : found->second;
}

/// "docker.io/library/nginx" as the engine shows it: "nginx:latest".
std::string FamiliarReference(std::string reference) {
  for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"}) {
    if (reference.starts_with(prefix)) reference.erase(0, prefix.size());
  }
  const size_t slash = reference.rfind('/');
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  if (reference.find_first_of(":@", start) == std::string::npos) reference += ":latest";
  return reference;
}

}  // namespace

bool EngineMemory::HasApp(const ResourceKey& key) const {
  const auto app = apps_.find(key);
  if (app == apps_.end()) return HasAll();
  return std::max(app->second.read, all_read_) >= std::max(gap_, app->second.touched);
}

bool EngineMemory::HasStrangers(const ResourceKey& key) const {
  const auto app = apps_.find(key);
  if (app == apps_.end()) return HasAll();
  return std::max(app->second.strangers_read, all_read_) >=
         std::max(gap_, app->second.strangers_touched);
}

EngineMemory::Moment EngineMemory::VersionOf(const ResourceKey& key) const {
  const auto app = apps_.find(key);
  const bool known = app != apps_.end() && HasAll() && HasApp(key) && HasStrangers(key) &&
                     HasNetworks() && HasVolumes();
  if (!known) return 0;
  return std::max({app->second.changed, strangers_changed_, details_changed_, images_touched_,
                   networks_changed_, volumes_changed_, gap_});
}

void EngineMemory::SetContainers(App& app, std::vector<SummaryPtr> containers) {
  if (!std::ranges::equal(app.containers, containers, IsSame)) app.changed = ++now_;
  app.containers = std::move(containers);
}

void EngineMemory::SetStrangers(Strangers strangers) {
  const auto is_same = [](const auto& a, const auto& b) { return IsSame(a.second, b.second); };
  if (!std::ranges::equal(strangers_, strangers, is_same)) strangers_changed_ = ++now_;
  strangers_ = std::move(strangers);
}

void EngineMemory::PutAll(Moment began, std::vector<SummaryPtr> all) {
  if (began < all_read_) return;
  std::map<ResourceKey, std::vector<SummaryPtr>> by_app;
  std::set<std::string> ids;
  Strangers strangers;
  for (SummaryPtr& container : all) {
    ids.insert(container->id);
    if (const auto key = KeyOf(container->labels, instance_)) {
      by_app[*key].push_back(std::move(container));
    } else {
      strangers.emplace(container->name, std::move(container));
    }
  }
  for (auto& [key, app] : apps_) {
    if (app.read <= began && !by_app.contains(key)) SetContainers(app, {});
    // What was read later stands.
    if (app.strangers_read <= began) continue;
    const auto looked_at = [&](const auto& s) { return IsLookedAtBy(key, *s.second); };
    std::erase_if(strangers, looked_at);
    std::ranges::copy_if(strangers_, std::inserter(strangers, strangers.end()), looked_at);
  }
  for (auto& [key, containers] : by_app) {
    App& app = apps_[key];
    if (app.read > began) continue;
    SetContainers(app, std::move(containers));
    app.read = began;
  }
  std::erase_if(apps_, [&](const auto& entry) {
    const App& app = entry.second;
    return app.containers.empty() && !app.looked && std::max(app.read, app.touched) <= began;
  });
  SetStrangers(std::move(strangers));
  owner_of_.clear();
  for (const auto& [key, app] : apps_) {
    for (const SummaryPtr& c : app.containers) {
      owner_of_.emplace(c->id, key);
      ids.insert(c->id);
    }
  }
  std::erase_if(details_, [&](const auto& entry) { return !ids.contains(entry.first); });
  all_read_ = began;
}

void EngineMemory::PutApp(const ResourceKey& key, Moment began, std::vector<SummaryPtr> ours,
                          std::optional<std::vector<SummaryPtr>> named) {
  App& app = apps_[key];
  if (named && began >= std::max(app.strangers_read, all_read_)) {
    std::erase_if(strangers_, [&](const auto& s) { return IsLookedAtBy(key, *s.second); });
    for (SummaryPtr& container : *named) {
      if (!KeyOf(container->labels, instance_))
        strangers_.insert_or_assign(container->name, std::move(container));
    }
    app.strangers_read = began;
    strangers_changed_ = ++now_;
  }
  if (began < std::max(app.read, all_read_)) return;
  SetContainers(app, std::move(ours));
  app.read = began;
  for (const SummaryPtr& container : app.containers) owner_of_.insert_or_assign(container->id, key);
}

bool EngineMemory::HasNetworks() const {
  const auto stale = StaleNetworks();
  return stale && stale->empty();
}

std::optional<std::vector<std::string>> EngineMemory::StaleNetworks() const {
  constexpr size_t kMany = 64;
  if (networks_read_ < std::max(gap_, networks_touched_) || touched_network_.size() > kMany)
    return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, network] : touched_network_) {
    if (!network.read) names.push_back(name);
  }
  return names;
}

void EngineMemory::TouchNetwork(const std::string& name) {
  if (name.empty()) {
    networks_touched_ = now_;
  } else {
    touched_network_[name] = {.touched = now_};
  }
}

bool EngineMemory::Reserve(const ResourceKey& key, const std::string& name, const Subnet& subnet) {
  const bool taken = std::ranges::any_of(
      reserved_, [&](const Reservation& r) { return r.key != key && r.subnet.Overlaps(subnet); });
  if (taken) return false;
  std::erase_if(reserved_, [&](const Reservation& r) { return r.key == key && r.name == name; });
  reserved_.push_back({.key = key, .name = name, .subnet = subnet});
  return true;
}

/// `name` empty: of all networks.
void EngineMemory::DropReservations(const std::string& name, Moment began) {
  std::erase_if(reserved_, [&](const Reservation& r) {
    return r.used != 0 && r.used <= began && (name.empty() || r.name == name);
  });
}

void EngineMemory::PutNetwork(const std::string& name, Moment began,
                              std::vector<NetworkInfo> networks) {
  const auto touched = touched_network_.find(name);
  const bool awaited = touched != touched_network_.end() && !touched->second.read &&
                       touched->second.touched <= began;
  if (!awaited) return;
  touched->second.read = true;
  const auto [first, last] = networks_.equal_range(name);
  const bool same = std::equal(first, last, networks.begin(), networks.end(),
                               [](const auto& a, const NetworkInfo& b) { return a.second == b; });
  if (!same) networks_changed_ = ++now_;
  for (auto n = first; n != last; ++n) {
    if (const auto key = KeyOf(n->second.labels, instance_)) networks_of_[*key].erase(name);
  }
  networks_.erase(first, last);
  for (NetworkInfo& network : networks) {
    if (const auto key = KeyOf(network.labels, instance_)) networks_of_[*key].insert(name);
    networks_.emplace(name, std::move(network));
  }
  DropReservations(name, began);
}

void EngineMemory::PutNetworks(Moment began, std::vector<NetworkInfo> networks) {
  if (began < networks_read_) return;
  Networks by_name;
  networks_of_.clear();
  for (NetworkInfo& network : networks) {
    std::string name = network.name;
    if (const auto key = KeyOf(network.labels, instance_)) networks_of_[*key].insert(name);
    by_name.emplace(std::move(name), std::move(network));
  }
  if (by_name != networks_) networks_changed_ = ++now_;
  networks_ = std::move(by_name);
  networks_read_ = began;
  std::erase_if(touched_network_, [&](const auto& n) { return n.second.touched <= began; });
  // What was read under its name in the meantime is newer than this.
  for (auto& [name, network] : touched_network_) network.read = false;
  DropReservations("", began);
}

void EngineMemory::PutVolumes(Moment began, std::vector<VolumeInfo> volumes) {
  if (began < volumes_read_) return;
  std::map<std::string, VolumeInfo> by_name;
  volumes_of_.clear();
  for (VolumeInfo& volume : volumes) {
    if (const auto key = KeyOf(volume.labels, instance_)) volumes_of_[*key].push_back(volume.name);
    std::string name = volume.name;
    by_name.insert_or_assign(std::move(name), std::move(volume));
  }
  if (by_name != volumes_) volumes_changed_ = ++now_;
  volumes_ = std::move(by_name);
  volumes_read_ = began;
}

std::shared_ptr<const ContainerDetails> EngineMemory::Details(const std::string& id) const {
  const auto found = details_.find(id);
  return found == details_.end() ? nullptr : found->second;
}

EngineMemory::Moment EngineMemory::BeginDetails(const std::string& id) {
  return reading_details_[id] = ++now_;
}

void EngineMemory::PutDetails(const std::string& id, Moment ticket,
                              std::shared_ptr<const ContainerDetails> details) {
  const auto reading = reading_details_.find(id);
  if (reading == reading_details_.end() || reading->second != ticket) return;
  reading_details_.erase(reading);
  if (details) details_[id] = std::move(details);
}

const std::optional<ImageInfo>* EngineMemory::Image(const std::string& reference) const {
  const auto found = images_.find(reference);
  return found == images_.end() ? nullptr : &found->second;
}

void EngineMemory::PutImage(const std::string& reference, Moment began,
                            std::optional<ImageInfo> image) {
  if (began >= std::max(gap_, images_touched_)) images_[reference] = std::move(image);
}

void EngineMemory::Watch(const ResourceKey& key, Mentions mentions) {
  App& app = apps_[key];
  app.looked = true;
  app.images.merge(mentions.images);
  app.volumes.merge(mentions.volumes);
  app.networks.merge(mentions.networks);
  if (mentions.project.empty() || !app.projects.insert(mentions.project).second) return;
  // Those of the project are strangers that this App has not asked for before.
  if (!HasAll()) return;
  app.strangers_touched = app.changed = ++now_;
}

std::set<std::string> EngineMemory::ProjectsOf(const ResourceKey& key) const {
  const auto app = apps_.find(key);
  return app == apps_.end() ? std::set<std::string>() : app->second.projects;
}

std::vector<SummaryPtr> EngineMemory::Adoptable(const ResourceKey& key,
                                                const std::string& project) const {
  const std::string network = NetworkNameOf(key);
  std::vector<SummaryPtr> found;
  for (const auto& [name, stranger] : strangers_) {
    const std::string of = ProjectOf(*stranger);
    if (!of.empty() && (of == project || stranger->networks.contains(network)))
      found.push_back(stranger);
  }
  return found;
}

void EngineMemory::Fill(const ResourceKey& key, const Mentions& mentions,
                        AppObservation& seen) const {
  const std::string name = NetworkNameOf(key);
  if (const auto app = apps_.find(key); app != apps_.end()) {
    for (const SummaryPtr& summary : app->second.containers)
      seen.containers.push_back({summary, nullptr});
  }
  const std::string prefix = name + "_";
  for (auto s = strangers_.lower_bound(prefix);
       s != strangers_.end() && s->first.starts_with(prefix); ++s) {
    seen.strangers.push_back(s->second);
  }
  FillNetworks(key, mentions.project, seen);
  FillOthers(key, mentions, seen);
  std::set<std::string> names = mentions.volumes;
  if (const auto owned = volumes_of_.find(key); owned != volumes_of_.end())
    names.insert(owned->second.begin(), owned->second.end());
  for (const std::string& volume : names) {
    if (const auto found = volumes_.find(volume); found != volumes_.end())
      seen.volumes.push_back(found->second);
  }
}

void EngineMemory::FillNetworks(const ResourceKey& key, const std::string& project,
                                AppObservation& seen) const {
  const std::string name = NetworkNameOf(key);
  const auto is_used = [&](const NetworkInfo& network) {
    return std::ranges::any_of(seen.containers, [&](const ObservedContainer& container) {
      const auto endpoint = container.summary->networks.find(name);
      if (endpoint == container.summary->networks.end()) return false;
      if (!endpoint->second.network_id.empty()) return endpoint->second.network_id == network.id;
      // One that never ran knows no network but by the address that it was given.
      const auto address = ParseAddress(endpoint->second.fixed_address);
      return address && std::ranges::any_of(network.subnets, [&](const Subnet& subnet) {
               return subnet.Contains(*address);
             });
    });
  };
  const auto [first, last] = networks_.equal_range(name);
  for (auto n = first; n != last; ++n) {
    if (KeyOf(n->second.labels, instance_) != key) {
      seen.namesakes.push_back(n->second);
    } else if (!seen.network) {
      seen.network = n->second;
    } else {
      seen.duplicates.push_back(n->second);
      if (is_used(n->second)) std::swap(*seen.network, seen.duplicates.back());
    }
  }
  if (!seen.network) FillUsedSubnets(key, seen);
  if (project.empty()) return;
  const auto is_on = [](const SummaryPtr& container, const std::string& network) {
    return container->networks.contains(network);
  };
  for (const auto& [other, network] : networks_) {
    if (ProjectOf(network) != project) continue;
    bool used =
        std::ranges::any_of(strangers_, [&](const auto& s) { return is_on(s.second, other); });
    for (const auto& [app_key, app] : apps_) {
      used = used || std::ranges::any_of(app.containers,
                                         [&](const SummaryPtr& c) { return is_on(c, other); });
    }
    if (!used) seen.abandoned.push_back(network);
  }
}

bool EngineMemory::IsLookedAtBy(const ResourceKey& key, const ContainerSummary& stranger) const {
  if (stranger.name.starts_with(NetworkNameOf(key) + "_")) return true;
  const auto app = apps_.find(key);
  return app != apps_.end() && app->second.projects.contains(ProjectOf(stranger));
}

void EngineMemory::FillUsedSubnets(const ResourceKey& key, AppObservation& seen) const {
  for (const auto& [other, network] : networks_) {
    seen.used_subnets.insert(seen.used_subnets.end(), network.subnets.begin(),
                             network.subnets.end());
  }
  for (const Reservation& reservation : reserved_) {
    if (reservation.key != key) seen.used_subnets.push_back(reservation.subnet);
  }
}

/// Networks beside the App's own; when one of them is to be made, also what is in its way.
void EngineMemory::FillOthers(const ResourceKey& key, const Mentions& mentions,
                              AppObservation& seen) const {
  std::set<std::string> names = mentions.networks;
  const auto owned = networks_of_.find(key);
  if (owned != networks_of_.end()) names.insert(owned->second.begin(), owned->second.end());
  names.erase(NetworkNameOf(key));
  bool all = true;
  for (const std::string& name : names) {
    const auto [first, last] = networks_.equal_range(name);
    all = all && first != last;
    for (auto n = first; n != last; ++n) {
      seen.has_networks = seen.has_networks || KeyOf(n->second.labels, instance_) == key;
      seen.other_networks.push_back(n->second);
    }
  }
  if (all) return;
  if (seen.used_subnets.empty()) FillUsedSubnets(key, seen);
  for (const auto& [name, network] : networks_) {
    const bool near = std::ranges::any_of(mentions.subnets, [&](const Subnet& subnet) {
      return std::ranges::any_of(network.subnets,
                                 [&](const Subnet& other) { return other.Overlaps(subnet); });
    });
    if (near) seen.neighbours.push_back(network);
  }
}

std::vector<ResourceKey> EngineMemory::Owned() const {
  std::set<ResourceKey> keys;
  for (const auto& [key, app] : apps_) {
    if (!app.containers.empty()) keys.insert(key);
  }
  for (const auto& [name, network] : networks_) {
    if (const auto key = KeyOf(network.labels, instance_)) keys.insert(*key);
  }
  return {keys.begin(), keys.end()};
}

void EngineMemory::ForgetContainer(const std::string& id) {
  // The App that has it is touched by whoever forgets it.
  if (details_.erase(id) > 0 && !owner_of_.contains(id)) details_changed_ = now_;
  reading_details_.erase(id);
}

void EngineMemory::TouchContainer(const std::string& id, Keys& keys) {
  ForgetContainer(id);
  if (const auto owner = owner_of_.find(id); owner != owner_of_.end()) keys.insert(owner->second);
}

/// An event about a container of Compose, or about one in a network, concerns who adopted it.
void EngineMemory::TouchAdopters(const EngineEvent& event, Keys& keys) {
  const std::string container =
      event.type == "container" ? event.id : Attribute(event, "container");
  const auto stranger =
      std::ranges::find_if(strangers_, [&](const auto& s) { return s.second->id == container; });
  std::string project = Attribute(event, kProjectLabel);
  if (project.empty() && stranger != strangers_.end()) project = ProjectOf(*stranger->second);
  if (project.empty()) return;
  for (auto& [key, app] : apps_) {
    const bool in_network =
        stranger != strangers_.end() && stranger->second->networks.contains(NetworkNameOf(key));
    if (!in_network && !app.projects.contains(project)) continue;
    app.strangers_touched = now_;
    keys.insert(key);
  }
}

void EngineMemory::OnContainer(const EngineEvent& event, Keys& keys) {
  TouchContainer(event.id, keys);
  TouchAdopters(event, keys);
  if (const auto key = KeyOf(event.attributes, instance_)) {
    keys.insert(*key);
    owner_of_.insert_or_assign(event.id, *key);
  }
  if (event.action == "destroy") owner_of_.erase(event.id);
  if (!keys.empty()) return;
  // A stranger may take or free a name that an App wants.
  for (std::string name : {Attribute(event, "name"), Attribute(event, "oldName")}) {
    if (name.starts_with('/')) name.erase(0, 1);
    const auto key = KeyOfName(name);
    const auto app = key ? apps_.find(*key) : apps_.end();
    if (app == apps_.end()) continue;
    app->second.strangers_touched = now_;
    keys.insert(*key);
  }
}

void EngineMemory::OnNetwork(const EngineEvent& event, Keys& keys) {
  if (const std::string id = Attribute(event, "container"); !id.empty()) {
    TouchContainer(id, keys);
    TouchAdopters(event, keys);
  }
  if (event.action != "create" && event.action != "destroy") return;
  TouchNetwork(Attribute(event, "name"));
  const auto key = KeyOfName(Attribute(event, "name"));
  if (key && apps_.contains(*key)) keys.insert(*key);
  for (const auto& [other, app] : apps_) {
    if (app.networks.contains(Attribute(event, "name"))) keys.insert(other);
  }
}

void EngineMemory::OnVolume(const EngineEvent& event, Keys& keys) {
  if (event.action != "create" && event.action != "destroy") return;
  volumes_touched_ = now_;
  for (const auto& [key, app] : apps_) {
    if (app.volumes.contains(event.id)) keys.insert(key);
  }
}

void EngineMemory::OnImage(const EngineEvent& event, Keys& keys) {
  if (event.action == "push" || event.action == "save") return;
  images_touched_ = now_;
  const std::string name = Attribute(event, "name");
  std::set<std::string> changed;
  std::erase_if(images_, [&](const auto& entry) {
    const auto& [reference, image] = entry;
    const std::string familiar = FamiliarReference(reference);
    const bool concerns =
        !image || image->id == event.id || familiar == event.id || familiar == name;
    if (concerns) changed.insert(reference);
    return concerns;
  });
  for (const auto& [key, app] : apps_) {
    const bool uses = std::any_of(app.images.begin(), app.images.end(),
                                  [&](const std::string& i) { return changed.contains(i); });
    if (uses) keys.insert(key);
  }
}

std::vector<ResourceKey> EngineMemory::OnEvent(const EngineEvent& event) {
  ++now_;
  Keys keys;
  if (event.type == "container") OnContainer(event, keys);
  if (event.type == "network") OnNetwork(event, keys);
  const bool containers_moved = event.type == "container" || event.type == "network";
  if (containers_moved) {
    for (const ResourceKey& key : keys) apps_[key].touched = apps_[key].changed = now_;
  }
  if (event.type == "volume") OnVolume(event, keys);
  if (event.type == "image") OnImage(event, keys);
  return {keys.begin(), keys.end()};
}

void EngineMemory::Touch(const ResourceKey& key, Part part) {
  ++now_;
  App& app = apps_[key];
  switch (part) {
    case Part::kContainers:
      app.touched = app.changed = now_;
      for (const SummaryPtr& container : app.containers) ForgetContainer(container->id);
      if (app.projects.empty()) return;
      app.strangers_touched = now_;
      for (const auto& [name, stranger] : strangers_) {
        if (IsLookedAtBy(key, *stranger)) ForgetContainer(stranger->id);
      }
      return;
    case Part::kNetworks:
      TouchNetwork(NetworkNameOf(key));
      for (const std::string& name : app.networks) TouchNetwork(name);
      for (const std::string& name : networks_of_[key]) TouchNetwork(name);
      for (Reservation& reservation : reserved_) {
        if (reservation.key == key) reservation.used = now_;
      }
      return;
    case Part::kVolumes:
      volumes_touched_ = now_;
      return;
    case Part::kImages:
      images_touched_ = now_;
      std::erase_if(images_, [&](const auto& entry) {
        return !entry.second || app.images.contains(entry.first);
      });
      return;
  }
}

void EngineMemory::ForgetAll() {
  gap_ = ++now_;
  images_.clear();
  ForgetDetails();
}

void EngineMemory::ForgetDetails() {
  details_changed_ = ++now_;
  details_.clear();
  reading_details_.clear();
}

}  // namespace mooring::docker
