// SPDX-License-Identifier: Apache-2.0
// The engine's API. What happens by hand, and the faults, are in fake_docker_hand.cc.
#include "tests/support/docker/fake_docker_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "tests/support/docker/fake_engine_json.h"
#include "tests/support/docker/tar.h"

namespace mooring::testing {
namespace {

using docker::ContainerDetails;
using docker::ContainerSummary;
using docker::Health;
using docker::Subnet;

std::map<std::string, std::string> StringMap(const Json& body, const char* key) {
  return body.value(key, std::map<std::string, std::string>());
}

std::unexpected<Error> NoSuch(const std::string& what, const std::string& id) {
  return Fail(ErrorCode::kNotFound, fmt::format("No such {}: {}", what, id));
}

}  // namespace

FakeDockerHost::FakeDockerHost(Clock& clock) : clock_(clock) {}

std::string FakeDockerHost::NewId() {
  return fmt::format("{:016x}{:048x}", next_id_++ * 0x9E3779B97F4A7C15u, 0);
}

FakeDockerHost::Container* FakeDockerHost::FindLocked(const std::string& id_or_name) {
  if (const auto found = containers_.find(id_or_name); found != containers_.end())
    return &found->second;
  for (auto& [id, container] : containers_) {
    if (container.name == id_or_name) return &container;
  }
  return nullptr;
}

Result<FakeDockerHost::Container*> FakeDockerHost::Need(const std::string& id_or_name) {
  Container* found = FindLocked(id_or_name);
  if (found == nullptr) return NoSuch("container", id_or_name);
  return found;
}

FakeDockerHost::Network* FakeDockerHost::FindNetwork(const std::string& id_or_name) {
  const auto found = std::find_if(networks_.begin(), networks_.end(), [&](const Network& n) {
    return n.info.id == id_or_name || n.info.name == id_or_name;
  });
  return found == networks_.end() ? nullptr : &*found;
}

Result<docker::EngineInfo> FakeDockerHost::Ping(std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("ping"));
  return docker::EngineInfo{"20.10.24", "1.41"};
}

Result<std::vector<docker::SummaryPtr>> FakeDockerHost::ListContainers(
    const docker::ContainerFilter& filter, std::stop_token) {
  MOORING_RETURN_IF_ERROR(
      BeginRead(filter.labels.empty() && filter.name.empty() ? "list all" : "list"));
  std::scoped_lock lock(mutex_);
  std::vector<docker::SummaryPtr> out;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {  // newest first, as the engine
    const Container& c = containers_.at(*id);
    const bool labelled =
        std::all_of(filter.labels.begin(), filter.labels.end(), [&](const std::string& l) {
          const size_t equal = l.find('=');
          const auto found = c.labels.find(l.substr(0, equal));
          return found != c.labels.end() && found->second == l.substr(equal + 1);
        });
    if (!labelled || !std::regex_search("/" + c.name, std::regex(filter.name))) continue;
    ContainerSummary summary{.id = c.id,
                             .name = c.name,
                             .image = c.image,
                             .image_id = c.image_id,
                             .labels = c.labels,
                             .state = c.state,
                             .health = c.health,
                             .exit_code = c.state == "running" ? 0 : c.exit_code,
                             .created = c.created};
    const auto image = images_.find(c.image);
    if (image == images_.end() || image->second.id != c.image_id) summary.image = c.image_id;
    for (const auto& [name, e] : c.networks) {
      summary.networks[name] = {e.network_id, e.fixed_address, e.address};
    }
    out.push_back(std::make_shared<const ContainerSummary>(std::move(summary)));
  }
  return out;
}

Result<ContainerDetails> FakeDockerHost::InspectContainer(const std::string& id, std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("inspect container"));
  std::scoped_lock lock(mutex_);
  MOORING_TRY(const Container* c, Need(id));
  ContainerDetails details{.id = c->id, .config = c->config, .host_config = c->host_config};
  details.started_at = c->started_at;
  details.finished_at = c->finished_at;
  details.exit_code = c->state == "running" ? 0 : c->exit_code;
  details.restart_count = c->restart_count;
  details.error = c->error;
  for (const auto& [name, endpoint] : c->networks) {
    details.aliases[name] = endpoint.aliases;
    if (endpoint.driver_opts.contains(docker::kAdoptedBy))
      details.adopted_by = endpoint.driver_opts[docker::kAdoptedBy];
    if (!endpoint.asked.empty()) details.asked_addresses[name] = endpoint.asked;
  }
  details.unnamed_volumes = UnnamedVolumes(c->id, c->host_config);
  return details;
}

Result<std::vector<docker::NetworkInfo>> FakeDockerHost::ListNetworks(const std::string& name,
                                                                      std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead(name.empty() ? "list networks" : "list network"));
  std::scoped_lock lock(mutex_);
  std::vector<docker::NetworkInfo> out;
  for (const Network& network : networks_) {
    if (name.empty() || network.info.name == name) out.push_back(network.info);
  }
  return out;
}

Result<std::vector<docker::VolumeInfo>> FakeDockerHost::ListVolumes(std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("list volumes"));
  std::scoped_lock lock(mutex_);
  std::vector<docker::VolumeInfo> out;
  for (const auto& [name, volume] : volumes_) out.push_back(volume);
  return out;
}

Result<std::map<std::string, long long>> FakeDockerHost::VolumeSizes(std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("count volumes"));
  std::scoped_lock lock(mutex_);
  std::map<std::string, long long> sizes;
  for (const auto& [name, volume] : volumes_) {
    long long& size = sizes[name];
    const auto files = volume_files_.find(name);
    if (files == volume_files_.end()) continue;
    for (const auto& [path, file] : files->second) size += static_cast<long long>(file.size());
  }
  return sizes;
}

Result<std::optional<docker::ImageInfo>> FakeDockerHost::InspectImage(const std::string& reference,
                                                                      std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("inspect image"));
  std::scoped_lock lock(mutex_);
  const auto found = images_.find(reference);
  if (found == images_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<std::string>> FakeDockerHost::LastLines(const std::string& id, int most,
                                                           std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("last lines"));
  std::scoped_lock lock(mutex_);
  MOORING_TRY(const Container* c, Need(id));
  const auto all = static_cast<int>(c->lines.size());
  return std::vector(c->lines.end() - std::min(most, all), c->lines.end());
}

Status FakeDockerHost::Events(const std::function<void()>& on_open,
                              const std::function<void(const docker::EngineEvent&)>& on_event,
                              std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(BeginRead("events"));
  size_t next = 0;
  {
    std::scoped_lock lock(mutex_);
    next = events_.size();
  }
  on_open();
  std::unique_lock lock(mutex_);
  while (!down_) {
    if (!changed_.wait(lock, stop, [&] { return down_ || next < events_.size(); }))
      return Fail(ErrorCode::kCancelled, "stopped");
    while (next < events_.size()) {
      const docker::EngineEvent event = events_[next++];
      lock.unlock();
      on_event(event);
      lock.lock();
    }
  }
  return Fail(ErrorCode::kUnavailable, "the Docker engine ended the event stream");
}

Result<std::string> FakeDockerHost::CreateContainer(const std::string& name, const Json& body,
                                                    std::stop_token) {
  std::string id;
  MOORING_RETURN_IF_ERROR(DoWrite("create " + name, [&]() -> Status {
    const std::string reference = body.value("Image", "");
    const auto image = images_.find(reference);
    if (image == images_.end()) return NoSuch("image", reference);
    if (const Container* other = FindLocked(name)) {
      return std::unexpected(
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("Conflict. The container name \"/{}\" is already in use by container "
                            "\"{}\"",
                            name, other->id))
              .WithReason(reason::kNameConflict));
    }
    Container c{.id = NewId(),
                .name = name,
                .image = reference,
                .image_id = image->second.id,
                .labels = StringMap(body, "Labels"),
                .config = EngineConfig(body, image->second),
                .host_config = EngineHostConfig(body),
                .created = clock_.Now()};
    // The engine's list knows whole seconds only.
    c.created = std::chrono::floor<std::chrono::seconds>(c.created);
    const Json networking = body.value("NetworkingConfig", Json::object());
    const Json endpoints = networking.value("EndpointsConfig", Json::object());
    if (endpoints.size() > 1)
      return Fail(ErrorCode::kInvalidArgument,
                  "Container cannot be connected to network endpoints: several");
    for (const auto& [network, endpoint] : endpoints.items()) {
      const Json ipam = endpoint.value("IPAMConfig", Json::object());
      Endpoint& e = c.networks[network];
      e.fixed_address = ipam.value("IPv4Address", "");
      e.aliases = endpoint.value("Aliases", std::vector<std::string>());
      e.aliases.push_back(c.id.substr(0, 12));
      e.asked = ipam;
    }
    for (const std::string& volume : NamedVolumes(c.host_config)) {
      if (!volumes_.contains(volume)) volumes_[volume] = {volume, {}};
    }
    id = c.id;
    order_.push_back(id);
    EmitContainer(containers_[id] = std::move(c), "create");
    return {};
  }));
  return id;
}

Status FakeDockerHost::StartContainer(const std::string& id, std::stop_token) {
  return DoWrite("start " + id, [&]() -> Status {
    MOORING_TRY(Container * c, Need(id));
    if (c->state == "paused")
      return Fail(ErrorCode::kAborted, "cannot start a paused container, try unpause instead");
    if (c->state == "running" || c->state == "restarting") return {};
    const Status started = StartLocked(*c);
    c->error = started ? "" : started.error().message();
    return started;
  });
}

Status FakeDockerHost::StopContainer(const std::string& id, Duration, std::stop_token) {
  return DoWrite("stop " + id, [&]() -> Status {
    Container* c = FindLocked(id);
    if (c != nullptr && (c->state == "running" || c->state == "paused" || c->state == "restarting"))
      EndLocked(*c, 143, true);
    return {};
  });
}

Status FakeDockerHost::RemoveContainer(const std::string& id, std::stop_token) {
  return DoWrite("remove " + id, [&]() -> Status {
    Container* c = FindLocked(id);
    if (c == nullptr) return {};
    if (c->state != "exited" && c->state != "created") EndLocked(*c, 137, true);
    EmitContainer(*c, "destroy");
    std::erase(order_, c->id);
    containers_.erase(std::string(c->id));
    return {};
  });
}

Status FakeDockerHost::UnpauseContainer(const std::string& id, std::stop_token) {
  return DoWrite("unpause " + id, [&]() -> Status {
    MOORING_TRY(Container * c, Need(id));
    if (c->state != "paused") return {};
    c->state = "running";
    EmitContainer(*c, "unpause");
    return {};
  });
}

Status FakeDockerHost::SignalContainer(const std::string& id, const std::string& signal,
                                       std::stop_token) {
  return DoWrite(fmt::format("signal {} {}", id, signal), [&]() -> Status {
    if (const Container* c = FindLocked(id); c != nullptr && c->state == "running")
      EmitContainer(*c, "kill");
    return {};
  });
}

Status FakeDockerHost::UpdateContainer(const std::string& id, const Json& body, std::stop_token) {
  return DoWrite("update " + id, [&]() -> Status {
    MOORING_TRY(Container * c, Need(id));
    for (const auto& [name, value] : body.items()) {
      if (value != 0) c->host_config[name] = value;  // zero: not given
    }
    EmitContainer(*c, "update");
    return {};
  });
}

Status FakeDockerHost::RenameContainer(const std::string& id, const std::string& name,
                                       std::stop_token) {
  return DoWrite("rename " + id + " " + name, [&]() -> Status {
    MOORING_TRY(Container * c, Need(id));
    if (c->name == name) return {};
    if (const Container* other = FindLocked(name)) {
      return std::unexpected(
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("Conflict. The container name \"/{}\" is already in use by container "
                            "\"{}\"",
                            name, other->id))
              .WithReason(reason::kNameConflict));
    }
    const std::string old = std::exchange(c->name, name);
    EmitContainer(*c, "rename");
    events_.back().attributes["oldName"] = "/" + old;
    return {};
  });
}

Status FakeDockerHost::ConnectNetwork(const std::string& network, const std::string& container,
                                      const Json& endpoint, std::stop_token) {
  return DoWrite("connect " + container, [&]() -> Status {
    MOORING_TRY(Container * c, Need(container));
    const Network* n = FindNetwork(network);
    if (n == nullptr) return NoSuch("network", network);
    if (c->networks.contains(n->info.name))
      return Fail(ErrorCode::kInternal,
                  "endpoint with name " + c->name + " already exists in network " + network);
    Endpoint e{.aliases = endpoint.value("Aliases", std::vector<std::string>()),
               .driver_opts = endpoint.value("DriverOpts", Json::object())};
    e.aliases.push_back(c->id.substr(0, 12));
    e.asked = endpoint.value("IPAMConfig", Json::object());
    e.fixed_address = e.asked.value("IPv4Address", "");
    if (c->state == "running" || c->state == "paused") {
      MOORING_RETURN_IF_ERROR(TakeAddress(*n, e, *c));
      e.network_id = n->info.id;
    }
    c->networks[n->info.name] = std::move(e);
    EmitNetwork("connect", *n, c->id);
    return {};
  });
}

Status FakeDockerHost::DisconnectNetwork(const std::string& network, const std::string& container,
                                         std::stop_token) {
  return DoWrite("disconnect " + container, [&]() -> Status {
    MOORING_TRY(Container * c, Need(container));
    const Network* n = FindNetwork(network);
    if (n == nullptr) return {};
    if (c->networks.erase(n->info.name) > 0) EmitNetwork("disconnect", *n, c->id);
    return {};
  });
}

Status FakeDockerHost::CreateNetwork(const Json& body, std::stop_token) {
  const std::string name = body.value("Name", "");
  return DoWrite("create network " + name, [&]() -> Status {
    if (body.value("CheckDuplicate", false) && FindNetwork(name) != nullptr) {
      return std::unexpected(
          Error(ErrorCode::kFailedPrecondition, "network with name " + name + " already exists")
              .WithReason(reason::kNameConflict));
    }
    Network network{.info = {.id = NewId(), .name = name, .labels = StringMap(body, "Labels")}};
    for (const Json& config : body.value("IPAM", Json::object()).value("Config", Json::array())) {
      const auto subnet = Subnet::Parse(config.value("Subnet", ""));
      if (!subnet) continue;
      network.info.subnets.push_back(*subnet);
      network.engine_range = Subnet::Parse(config.value("IPRange", "")).value_or(*subnet);
    }
    for (const Network& other : networks_) {
      for (const Subnet& theirs : other.info.subnets) {
        for (const Subnet& ours : network.info.subnets) {
          if (ours.Overlaps(theirs))
            return Fail(ErrorCode::kAborted, "Pool overlaps with other one on this address space");
        }
      }
    }
    network.info.options = EngineNetworkOptions(body).dump();
    EmitNetwork("create", network, "");
    networks_.push_back(std::move(network));
    return {};
  });
}

Status FakeDockerHost::RemoveNetwork(const std::string& id, std::stop_token) {
  return DoWrite("remove network", [&]() -> Status {
    const Network* network = FindNetwork(id);
    if (network == nullptr) return {};
    for (const auto& [other, c] : containers_) {
      const auto endpoint = c.networks.find(network->info.name);
      if (endpoint != c.networks.end() && !endpoint->second.address.empty() &&
          endpoint->second.network_id == network->info.id) {
        return std::unexpected(Error(ErrorCode::kUnavailable,
                                     "network " + network->info.name + " has active endpoints")
                                   .WithReason(reason::kInUse));
      }
    }
    EmitNetwork("destroy", *network, "");
    std::erase_if(networks_,
                  [gone = network->info.id](const Network& n) { return n.info.id == gone; });
    return {};
  });
}

Result<docker::VolumeInfo> FakeDockerHost::CreateVolume(const Json& body, std::stop_token) {
  const std::string name = body.value("Name", "");
  docker::VolumeInfo volume{name, StringMap(body, "Labels")};
  volume.driver = body.value("Driver", volume.driver);
  volume.options = StringMap(body, "DriverOpts");
  MOORING_RETURN_IF_ERROR(DoWrite("create volume " + name, [&]() -> Status {
    const auto [here, is_new] = volumes_.try_emplace(name, volume);
    volume = here->second;
    if (is_new) Emit("volume", "create", name, {});
    return {};
  }));
  return volume;
}

Status FakeDockerHost::RemoveVolume(const std::string& name, std::stop_token) {
  return DoWrite("remove volume " + name, [&]() -> Status {
    for (const auto& [id, container] : containers_) {
      if (std::ranges::count(NamedVolumes(container.host_config), name) == 0) continue;
      return std::unexpected(Error(ErrorCode::kUnavailable,
                                   fmt::format("remove {}: volume is in use - [{}]", name, id))
                                 .WithReason(reason::kInUse));
    }
    volume_files_.erase(name);
    if (volumes_.erase(name) > 0) Emit("volume", "destroy", name, {});
    return {};
  });
}

Status FakeDockerHost::PutArchive(const std::string& container, const std::string& folder,
                                  const std::function<Result<std::string>()>& next,
                                  std::stop_token) {
  // As the engine does, what has come is unpacked, also of a tar that is cut off.
  std::string tar;
  Status cut;
  for (bool more = true; more;) {
    auto part = next();
    if (!part) cut = std::unexpected(part.error());
    more = part && !part->empty();
    if (more) tar += *part;
  }
  return DoWrite("unpack into " + container, [&]() -> Status {
    MOORING_TRY(const Container* c, Need(container));
    for (const auto& [name, content] : FilesOfTar(tar)) {
      const std::string path = (folder == "/" ? "" : folder) + "/" + name;
      for (const Json& mount : c->host_config.value("Mounts", Json::array())) {
        const std::string target = mount.value("Target", "") + "/";
        if (path.starts_with(target))
          volume_files_[mount.value("Source", "")][path.substr(target.size())] = content;
      }
    }
    return cut;
  });
}

Status FakeDockerHost::PullImage(const docker::ImagePull& pull, const OnProgress& progress,
                                 std::stop_token) {
  const std::string& reference = pull.reference;
  return DoWrite("pull " + reference, [&]() -> Status {
    const auto found = registry_.find(reference);
    if (found == registry_.end()) {
      return std::unexpected(
          Error(ErrorCode::kUnavailable, "pull " + reference + ": connection refused")
              .WithReason(reason::kImagePullFailed));
    }
    if (progress) progress("50 %");
    docker::ImageInfo& here = images_[reference];
    if (here.repo_digests != found->second.repo_digests) here = found->second;
    Emit("image", "pull", reference, {});
    return {};
  });
}

Status FakeDockerHost::RemoveImage(const std::string&, const std::string& id, std::stop_token) {
  return DoWrite("remove image " + id, [&]() -> Status {
    const bool used =
        std::ranges::any_of(containers_, [&](const auto& c) { return c.second.image_id == id; });
    if (used || std::erase_if(images_, [&](const auto& i) { return i.second.id == id; }) == 0)
      return {};
    Emit("image", "delete", id, {{"name", id}});
    return {};
  });
}

Result<std::string> FakeDockerHost::DigestAtRegistry(const std::string& reference,
                                                     const docker::RegistryLogin*,
                                                     std::stop_token) {
  MOORING_RETURN_IF_ERROR(BeginRead("ask the registry"));
  std::scoped_lock lock(mutex_);
  const auto found = registry_.find(reference);
  if (found == registry_.end()) return Fail(ErrorCode::kUnavailable, "connection refused");
  const std::string& digest = found->second.repo_digests.at(0);
  return digest.substr(digest.find('@') + 1);
}

}  // namespace mooring::testing
