// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_observer.h"

#include <arpa/inet.h>

#include <bit>
#include <fstream>
#include <sstream>

#include "controller/base/guarded.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

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

std::string NetworkNameOf(const ResourceKey& key) { return key.ns + "_" + key.name; }

}  // namespace

struct DockerObserver::App {
  std::vector<ContainerSummary> containers;
  std::vector<ContainerSummary> strangers;
};

/// Everything remembered. A number instead of a flag marks what is stale, so that an event that
/// comes while we read is not lost: what was read counts as of before the reading.
struct DockerObserver::State {
  struct Remembered {
    std::map<ResourceKey, App> apps;
    std::map<std::string, ContainerSummary> strangers;  ///< by name, from the last full list
    std::map<ResourceKey, uint64_t> dirty;              ///< key -> when it was touched
    std::map<std::string, ResourceKey> owner_of;        ///< container id -> App
    std::map<std::string, std::shared_ptr<const ContainerDetails>> details;
    std::map<std::string, std::optional<ImageInfo>> images;
    std::vector<NetworkInfo> networks;
    std::vector<VolumeInfo> volumes;
    uint64_t touch = 0;       ///< grows with each event
    uint64_t generation = 0;  ///< grows with each ForgetAll
    bool complete = false;    ///< a full list was read since the last gap
    bool networks_fresh = false;
    bool volumes_fresh = false;
  };
  Guarded<Remembered> memory;
};

DockerObserver::DockerObserver(Options options, DockerReader& reader, HostsFile& hosts,
                               Clock& clock)
    : options_(std::move(options)),
      reader_(reader),
      hosts_(hosts),
      clock_(clock),
      state_(std::make_unique<State>()) {}
DockerObserver::~DockerObserver() = default;

Status DockerObserver::Refresh(std::stop_token stop) {
  const auto [before, generation] =
      state_->memory.With([](const auto& m) { return std::pair(m.touch, m.generation); });
  MOORING_TRY(std::vector<ContainerSummary> all, reader_.ListContainers({}, stop));
  state_->memory.With([&](auto& m) {
    std::map<ResourceKey, App> apps;
    std::map<std::string, ContainerSummary> strangers;
    std::map<std::string, ResourceKey> owner_of;
    std::set<std::string> ids;
    for (ContainerSummary& container : all) {
      ids.insert(container.id);
      if (const auto key = KeyOf(container.labels, options_.instance)) {
        owner_of.emplace(container.id, *key);
        apps[*key].containers.push_back(std::move(container));
      } else {
        strangers.emplace(container.name, std::move(container));
      }
    }
    m.apps = std::move(apps);
    m.strangers = std::move(strangers);
    m.owner_of = std::move(owner_of);
    std::erase_if(m.dirty, [&](const auto& entry) { return entry.second <= before; });
    std::erase_if(m.details, [&](const auto& entry) { return !ids.contains(entry.first); });
    m.complete = m.generation == generation;
  });
  const bool networks = state_->memory.With([](const auto& m) { return m.networks_fresh; });
  if (!networks) MOORING_RETURN_IF_ERROR(ReadNetworks(stop));
  const bool volumes = state_->memory.With([](const auto& m) { return m.volumes_fresh; });
  if (!volumes) MOORING_RETURN_IF_ERROR(ReadVolumes(stop));
  return {};
}

Status DockerObserver::ReadNetworks(std::stop_token stop) {
  state_->memory.With([](auto& m) { m.networks_fresh = true; });
  auto networks = reader_.ListNetworks(stop);
  if (!networks) {
    state_->memory.With([](auto& m) { m.networks_fresh = false; });
    return std::unexpected(networks.error());
  }
  state_->memory.With([&](auto& m) { m.networks = std::move(*networks); });
  return {};
}

Status DockerObserver::ReadVolumes(std::stop_token stop) {
  state_->memory.With([](auto& m) { m.volumes_fresh = true; });
  auto volumes = reader_.ListVolumes(stop);
  if (!volumes) {
    state_->memory.With([](auto& m) { m.volumes_fresh = false; });
    return std::unexpected(volumes.error());
  }
  state_->memory.With([&](auto& m) { m.volumes = std::move(*volumes); });
  return {};
}

Status DockerObserver::ReadApp(const ResourceKey& key, std::stop_token stop) {
  const uint64_t before = state_->memory.With([](const auto& m) { return m.touch; });
  const ContainerFilter ours{.labels = {fmt::format("{}={}", label::kInstance, options_.instance),
                                        fmt::format("{}={}", label::kNamespace, key.ns),
                                        fmt::format("{}={}", label::kName, key.name)}};
  MOORING_TRY(std::vector<ContainerSummary> containers, reader_.ListContainers(ours, stop));
  MOORING_TRY(std::vector<ContainerSummary> named,
              reader_.ListContainers({.name = "^/" + NetworkNameOf(key) + "_"}, stop));
  state_->memory.With([&](auto& m) {
    App app{.containers = std::move(containers)};
    for (ContainerSummary& container : named) {
      if (!KeyOf(container.labels, options_.instance))
        app.strangers.push_back(std::move(container));
    }
    for (const ContainerSummary& container : app.containers)
      m.owner_of.insert_or_assign(container.id, key);
    std::erase_if(m.strangers,
                  [&](const auto& s) { return s.first.starts_with(NetworkNameOf(key) + "_"); });
    m.apps.insert_or_assign(key, std::move(app));
    const auto dirty = m.dirty.find(key);
    if (dirty != m.dirty.end() && dirty->second <= before) m.dirty.erase(dirty);
  });
  return {};
}

Result<std::shared_ptr<const ContainerDetails>> DockerObserver::Details(const std::string& id,
                                                                        std::stop_token stop) {
  const auto known = state_->memory.With([&](const auto& m) {
    const auto found = m.details.find(id);
    return found == m.details.end() ? nullptr : found->second;
  });
  if (known) return known;
  const uint64_t before = state_->memory.With([](const auto& m) { return m.touch; });
  auto details = reader_.InspectContainer(id, stop);
  if (!details && details.error().code() == ErrorCode::kNotFound) return nullptr;
  if (!details) return std::unexpected(details.error());
  auto shared = std::make_shared<const ContainerDetails>(std::move(*details));
  // An event that came meanwhile may be about this very container: then it is not remembered.
  state_->memory.With([&](auto& m) {
    if (m.touch == before) m.details[id] = shared;
  });
  return shared;
}

Result<std::optional<ImageInfo>> DockerObserver::Image(const std::string& reference,
                                                       std::stop_token stop) {
  const auto known =
      state_->memory.With([&](const auto& m) -> std::optional<std::optional<ImageInfo>> {
        const auto found = m.images.find(reference);
        if (found == m.images.end()) return std::nullopt;
        return found->second;
      });
  if (known) return *known;
  const uint64_t before = state_->memory.With([](const auto& m) { return m.touch; });
  MOORING_TRY(std::optional<ImageInfo> image, reader_.InspectImage(reference, stop));
  state_->memory.With([&](auto& m) {
    if (m.touch == before) m.images[reference] = image;
  });
  return image;
}

std::vector<Subnet> DockerObserver::HostRoutes() const {
  std::vector<Subnet> routes;
  std::ifstream file(options_.routes_file);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string interface;
    std::string destination;
    std::string skip;
    std::string mask;
    words >> interface >> destination >> skip >> skip >> skip >> skip >> skip >> mask;
    const auto base = ntohl(static_cast<uint32_t>(std::strtoul(destination.c_str(), nullptr, 16)));
    const auto bits = ntohl(static_cast<uint32_t>(std::strtoul(mask.c_str(), nullptr, 16)));
    // A default route covers everything and takes nothing.
    if (!mask.empty() && bits != 0) routes.push_back({base & bits, std::popcount(bits)});
  }
  return routes;
}

Result<std::shared_ptr<const Observation>> DockerObserver::Observe(const ResourceKey& key,
                                                                   const Resource* desired,
                                                                   std::stop_token stop) {
  const auto [complete, dirty, networks_fresh, volumes_fresh] =
      state_->memory.With([&](const auto& m) {
        return std::tuple(m.complete, m.dirty.contains(key), m.networks_fresh, m.volumes_fresh);
      });
  if (!complete) MOORING_RETURN_IF_ERROR(Refresh(stop));
  if (complete && dirty) MOORING_RETURN_IF_ERROR(ReadApp(key, stop));
  if (complete && !networks_fresh) MOORING_RETURN_IF_ERROR(ReadNetworks(stop));
  if (complete && !volumes_fresh) MOORING_RETURN_IF_ERROR(ReadVolumes(stop));

  auto seen = std::make_shared<AppObservation>();
  seen->now = clock_.Now();
  AppSpec app{.ns = key.ns, .name = key.name};
  if (desired != nullptr) app = ParseApp(*desired);
  std::set<std::string> volume_names;
  for (const VolumeSpec& volume : app.volumes) volume_names.insert(volume.name);

  const App summaries = state_->memory.With([&](const auto& m) {
    App copy;
    if (const auto found = m.apps.find(key); found != m.apps.end()) copy = found->second;
    for (const auto& [name, stranger] : m.strangers) {
      if (name.starts_with(NetworkNameOf(key) + "_")) copy.strangers.push_back(stranger);
    }
    for (const NetworkInfo& network : m.networks) {
      if (network.name == NetworkNameOf(key)) {
        seen->network = network;
      } else {
        seen->used_subnets.insert(seen->used_subnets.end(), network.subnets.begin(),
                                  network.subnets.end());
      }
    }
    for (const VolumeInfo& volume : m.volumes) {
      if (KeyOf(volume.labels, options_.instance) == key || volume_names.contains(volume.name)) {
        seen->volumes.push_back(volume);
      }
    }
    return copy;
  });
  seen->strangers = summaries.strangers;
  std::vector<std::string> addresses;
  for (const ContainerSummary& summary : summaries.containers) {
    MOORING_TRY(auto details, Details(summary.id, stop));
    if (!details) continue;  // gone since the list: an event about it follows
    for (const auto& [network, endpoint] : summary.networks) {
      for (const std::string& address : {endpoint.fixed_address, endpoint.address}) {
        if (!address.empty()) addresses.push_back(address);
      }
    }
    seen->containers.push_back({summary, std::move(details)});
  }
  for (const ServiceSpec& service : app.services) {
    MOORING_TRY(seen->images[service.image], Image(service.image, stop));
  }
  if (desired != nullptr && !seen->network) {
    const std::vector<Subnet> routes = HostRoutes();
    seen->used_subnets.insert(seen->used_subnets.end(), routes.begin(), routes.end());
  }
  const std::string suffix = fmt::format(".{}.{}.mooring.internal", key.name, key.ns);
  MOORING_TRY(seen->hosts, hosts_.View(suffix, addresses));
  return seen;
}

Result<std::vector<ResourceKey>> DockerObserver::Owned(std::stop_token stop) {
  const bool complete = state_->memory.With([](const auto& m) { return m.complete; });
  if (!complete) MOORING_RETURN_IF_ERROR(Refresh(stop));
  return state_->memory.With([&](const auto& m) {
    std::set<ResourceKey> keys;
    for (const auto& [key, app] : m.apps) {
      if (!app.containers.empty()) keys.insert(key);
    }
    for (const NetworkInfo& network : m.networks) {
      if (const auto key = KeyOf(network.labels, options_.instance)) keys.insert(*key);
    }
    return std::vector<ResourceKey>(keys.begin(), keys.end());
  });
}

std::vector<ResourceKey> DockerObserver::OnEvent(const EngineEvent& event) {
  return state_->memory.With([&](auto& m) {
    std::set<ResourceKey> keys;
    const uint64_t now = ++m.touch;
    const auto touch_container = [&](const std::string& id) {
      m.details.erase(id);
      if (const auto owner = m.owner_of.find(id); owner != m.owner_of.end())
        keys.insert(owner->second);
    };
    if (event.type == "container") {
      touch_container(event.id);
      if (const auto key = KeyOf(event.attributes, options_.instance)) keys.insert(*key);
      // A stranger may take or free a name that an App wants.
      const auto name = event.attributes.find("name");
      if (keys.empty() && name != event.attributes.end()) {
        for (const auto& [key, app] : m.apps) {
          if (name->second.starts_with(NetworkNameOf(key) + "_")) keys.insert(key);
        }
      }
    } else if (event.type == "network") {
      m.networks_fresh = m.networks_fresh && event.action != "create" && event.action != "destroy";
      if (const auto id = event.attributes.find("container"); id != event.attributes.end())
        touch_container(id->second);
      for (const NetworkInfo& network : m.networks) {
        const auto key =
            network.id == event.id ? KeyOf(network.labels, options_.instance) : std::nullopt;
        if (key && event.action == "destroy") keys.insert(*key);
      }
    } else if (event.type == "volume") {
      if (event.action == "create" || event.action == "destroy") {
        m.volumes_fresh = false;
        for (const VolumeInfo& volume : m.volumes) {
          const auto key =
              volume.name == event.id ? KeyOf(volume.labels, options_.instance) : std::nullopt;
          if (key) keys.insert(*key);
        }
      }
    } else if (event.type == "image") {
      m.images.clear();
      for (const auto& [key, app] : m.apps) keys.insert(key);
    }
    for (const ResourceKey& key : keys) m.dirty[key] = now;
    return std::vector<ResourceKey>(keys.begin(), keys.end());
  });
}

void DockerObserver::MarkDirty(const ResourceKey& key) {
  state_->memory.With([&](auto& m) {
    m.dirty[key] = ++m.touch;
    m.networks_fresh = false;
    m.volumes_fresh = false;
    m.images.clear();
    if (const auto app = m.apps.find(key); app != m.apps.end()) {
      for (const ContainerSummary& container : app->second.containers)
        m.details.erase(container.id);
    }
  });
}

void DockerObserver::ForgetAll() {
  state_->memory.With([](auto& m) {
    ++m.touch;
    ++m.generation;
    m.complete = m.networks_fresh = m.volumes_fresh = false;
    m.details.clear();
    m.images.clear();
  });
}

void DockerObserver::ForgetDetails() {
  state_->memory.With([](auto& m) { m.details.clear(); });
}

}  // namespace mooring::docker
