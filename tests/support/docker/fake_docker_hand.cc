// SPDX-License-Identifier: Apache-2.0
// What happens on the host beside the API, and the faults.
#include <fmt/format.h>

#include <algorithm>

#include "controller/resource/reasons.h"
#include "tests/support/docker/fake_docker_host.h"
#include "tests/support/docker/fake_engine_json.h"

namespace mooring::testing {

using docker::Health;

Status FakeDockerHost::TakeAddress(const Network& network, Endpoint& endpoint,
                                   const Container& owner) {
  std::set<uint32_t> used;
  for (const auto& [id, c] : containers_) {
    const auto found = c.networks.find(network.info.name);
    if (id == owner.id || found == c.networks.end()) continue;
    if (const auto address = docker::ParseAddress(found->second.address)) used.insert(*address);
  }
  if (const auto fixed = docker::ParseAddress(endpoint.fixed_address)) {
    const auto& subnets = network.info.subnets;
    if (subnets.empty() || !subnets.front().Contains(*fixed))
      return Fail(ErrorCode::kInternal,
                  "Invalid address " + endpoint.fixed_address +
                      ": It does not belong to any of this network's subnets");
    if (used.contains(*fixed)) return Fail(ErrorCode::kAborted, "Address already in use");
    endpoint.address = endpoint.fixed_address;
    return {};
  }
  if (!network.engine_range) return {};
  // A range that is the upper half of the subnet begins with an address that can be given.
  if (!used.contains(network.engine_range->base) &&
      network.engine_range->base != network.info.subnets.front().base) {
    endpoint.address = docker::AddressText(network.engine_range->base);
    return {};
  }
  const auto free = docker::FreeAddress(*network.engine_range, used);
  if (!free)
    return Fail(ErrorCode::kInternal,
                "no available IPv4 addresses on this network's address pools");
  endpoint.address = docker::AddressText(*free);
  return {};
}

Status FakeDockerHost::TakePorts(const Container& container) {
  const std::vector<std::string> wanted = HostPorts(container.host_config);
  if (wanted.empty()) return {};
  std::set<std::string> used = foreign_ports_;
  for (const auto& [id, other] : containers_) {
    if (id == container.id || (other.state != "running" && other.state != "paused")) continue;
    for (const std::string& port : HostPorts(other.host_config)) used.insert(port);
  }
  for (const std::string& port : wanted) {
    if (!used.contains(port)) continue;
    return std::unexpected(
        Error(
            ErrorCode::kUnavailable,
            fmt::format("driver failed programming external connectivity on endpoint {}: Bind for "
                        "0.0.0.0:{} failed: port is already allocated",
                        container.name, port))
            .WithReason(reason::kPortConflict));
  }
  return {};
}

Status FakeDockerHost::Attach(Container& container) {
  for (auto& [name, endpoint] : container.networks) {
    // A network that was removed is not found again by its name.
    const Network* network = FindNetwork(endpoint.network_id.empty() ? name : endpoint.network_id);
    if (network == nullptr)
      return Fail(
          ErrorCode::kNotFound,
          "network " + (endpoint.network_id.empty() ? name : endpoint.network_id) + " not found");
    MOORING_RETURN_IF_ERROR(TakeAddress(*network, endpoint, container));
    endpoint.network_id = network->info.id;
  }
  return {};
}

Status FakeDockerHost::StartLocked(Container& container) {
  Status ready = Attach(container);
  if (ready) ready = TakePorts(container);
  if (!ready) {
    for (auto& [name, endpoint] : container.networks) endpoint.address.clear();
    return ready;
  }
  container.restart_count = 0;
  RunLocked(container);
  return {};
}

void FakeDockerHost::RunLocked(Container& container) {
  container.state = "running";
  container.started_at = clock_.Now();
  container.exit_code = 0;
  const Json check = container.config.value("Healthcheck", Json::object());
  const Json test = check.value("Test", Json::array());
  container.health = test.empty() || test.front() == "NONE" ? Health::kNone : Health::kStarting;
  EmitContainer(container, "start");
  const auto behaviour = behaviours_.find(container.image);
  if (behaviour != behaviours_.end() && behaviour->second.exits_with)
    EndLocked(container, *behaviour->second.exits_with, false);
}

void FakeDockerHost::EndLocked(Container& container, int exit_code, bool by_hand) {
  container.exit_code = exit_code;
  container.finished_at = clock_.Now();
  container.health = Health::kNone;
  EmitContainer(container, "die");
  const Json policy = container.host_config.value("RestartPolicy", Json::object());
  const std::string name = policy.value("Name", "");
  const int most = policy.value("MaximumRetryCount", 0);
  const bool restarts =
      !by_hand &&
      (name == "always" || name == "unless-stopped" ||
       (name == "on-failure" && exit_code != 0 && (most == 0 || container.restart_count < most)));
  if (restarts) ++container.restart_count;
  const auto behaviour = behaviours_.find(container.image);
  const bool ends_at_once =
      behaviour != behaviours_.end() && behaviour->second.exits_with.has_value();
  if (restarts && !ends_at_once) {
    RunLocked(container);
    return;
  }
  const bool gives_up = most > 0 && container.restart_count >= most;
  container.state = restarts && !gives_up ? "restarting" : "exited";
  for (auto& [network, endpoint] : container.networks) endpoint.address.clear();
}

void FakeDockerHost::Emit(const std::string& type, const std::string& action, const std::string& id,
                          std::map<std::string, std::string> attributes) {
  events_.push_back({type, action, id, std::move(attributes)});
  changed_.notify_all();
}

void FakeDockerHost::EmitContainer(const Container& container, const std::string& action) {
  auto attributes = container.labels;
  attributes["name"] = container.name;
  attributes["image"] = container.image;
  Emit("container", action, container.id, std::move(attributes));
}

void FakeDockerHost::EmitNetwork(const std::string& action, const Network& network,
                                 const std::string& container) {
  std::map<std::string, std::string> attributes{{"name", network.info.name}, {"type", "bridge"}};
  if (!container.empty()) attributes["container"] = container;
  Emit("network", action, network.info.id, std::move(attributes));
}

std::string FakeDockerHost::AddImage(const std::string& reference, Json config) {
  std::scoped_lock lock(mutex_);
  docker::ImageInfo image{.id = "sha256:" + NewId(), .config = std::move(config)};
  images_[reference] = image;
  Emit("image", "tag", image.id, {{"name", reference}});
  return image.id;
}

void FakeDockerHost::RemoveImage(const std::string& reference) {
  std::scoped_lock lock(mutex_);
  const auto found = images_.find(reference);
  if (found == images_.end()) return;
  const std::string id = found->second.id;
  images_.erase(found);
  Emit("image", "untag", id, {{"name", id}});
}

void FakeDockerHost::AddToRegistry(const std::string& reference, Json config) {
  std::scoped_lock lock(mutex_);
  docker::ImageInfo image{.id = "sha256:" + NewId(), .config = std::move(config)};
  image.repo_digests = {reference.substr(0, reference.rfind(':')) + "@sha256:" + NewId()};
  registry_[reference] = std::move(image);
}

void FakeDockerHost::SetBehaviour(const std::string& reference, Behaviour behaviour) {
  std::scoped_lock lock(mutex_);
  behaviours_[reference] = behaviour;
}

void FakeDockerHost::Edit(const std::string& container,
                          const std::function<void(Container&)>& edit) {
  std::scoped_lock lock(mutex_);
  if (Container* c = FindLocked(container)) edit(*c);
}

void FakeDockerHost::Pause(const std::string& container) {
  std::scoped_lock lock(mutex_);
  Container* c = FindLocked(container);
  if (c == nullptr || c->state != "running") return;
  c->state = "paused";
  EmitContainer(*c, "pause");
}

void FakeDockerHost::Kill(const std::string& container, int exit_code) {
  std::scoped_lock lock(mutex_);
  Container* c = FindLocked(container);
  if (c != nullptr && c->state == "running") EndLocked(*c, exit_code, false);
}

void FakeDockerHost::StopByHand(const std::string& container) {
  std::scoped_lock lock(mutex_);
  Container* c = FindLocked(container);
  if (c != nullptr && (c->state == "running" || c->state == "paused")) EndLocked(*c, 143, true);
}

void FakeDockerHost::SetHealth(const std::string& container, Health health) {
  std::scoped_lock lock(mutex_);
  Container* c = FindLocked(container);
  if (c == nullptr || c->state != "running" || c->health == health) return;
  c->health = health;
  EmitContainer(*c,
                health == Health::kHealthy ? "health_status: healthy" : "health_status: unhealthy");
}

void FakeDockerHost::Settle() {
  std::scoped_lock lock(mutex_);
  for (auto& [id, c] : containers_) {
    const auto behaviour = behaviours_.find(c.image);
    const bool may = behaviour == behaviours_.end() || behaviour->second.becomes_healthy;
    if (c.state != "running" || c.health != Health::kStarting || !may) continue;
    c.health = Health::kHealthy;
    EmitContainer(c, "health_status: healthy");
  }
}

void FakeDockerHost::TakePort(const std::string& port) {
  std::scoped_lock lock(mutex_);
  foreign_ports_.insert(port);
}

void FakeDockerHost::FreePort(const std::string& port) {
  std::scoped_lock lock(mutex_);
  foreign_ports_.erase(port);
}

std::optional<FakeDockerHost::Container> FakeDockerHost::Find(const std::string& container) const {
  std::scoped_lock lock(mutex_);
  const Container* found = const_cast<FakeDockerHost*>(this)->FindLocked(container);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::vector<FakeDockerHost::Container> FakeDockerHost::containers() const {
  std::scoped_lock lock(mutex_);
  std::vector<Container> out;
  for (const std::string& id : order_) out.push_back(containers_.at(id));
  return out;
}

bool FakeDockerHost::HasVolume(const std::string& name) const {
  std::scoped_lock lock(mutex_);
  return volumes_.contains(name);
}

std::map<std::string, std::string> FakeDockerHost::FilesIn(const std::string& volume) const {
  std::scoped_lock lock(mutex_);
  const auto found = volume_files_.find(volume);
  return found == volume_files_.end() ? std::map<std::string, std::string>() : found->second;
}

bool FakeDockerHost::HasNetwork(const std::string& name) const {
  std::scoped_lock lock(mutex_);
  return const_cast<FakeDockerHost*>(this)->FindNetwork(name) != nullptr;
}

std::vector<docker::EngineEvent> FakeDockerHost::TakeEvents() {
  std::scoped_lock lock(mutex_);
  const auto first = events_.begin() + static_cast<std::ptrdiff_t>(taken_events_);
  taken_events_ = events_.size();
  return {first, events_.end()};
}

int FakeDockerHost::reads() const {
  std::scoped_lock lock(mutex_);
  return reads_;
}

int FakeDockerHost::writes() const {
  std::scoped_lock lock(mutex_);
  return writes_;
}

std::vector<std::string> FakeDockerHost::calls() const {
  std::scoped_lock lock(mutex_);
  return calls_;
}

void FakeDockerHost::ResetCalls() {
  std::scoped_lock lock(mutex_);
  calls_.clear();
  reads_ = writes_ = 0;
}

void FakeDockerHost::SetDown(bool down) {
  std::scoped_lock lock(mutex_);
  down_ = down;
  changed_.notify_all();
}

void FakeDockerHost::FailWrite(int nth, Error error) {
  std::scoped_lock lock(mutex_);
  write_faults_.push_back({nth, false, std::move(error)});
}

void FakeDockerHost::TimeOutWrite(int nth) {
  std::scoped_lock lock(mutex_);
  write_faults_.push_back(
      {nth, true, Error(ErrorCode::kDeadlineExceeded, "the Docker engine did not answer in time")});
}

void FakeDockerHost::FailRead(int nth, Error error) {
  std::scoped_lock lock(mutex_);
  read_faults_.push_back({nth, false, std::move(error)});
}

void FakeDockerHost::ClearFaults() {
  std::scoped_lock lock(mutex_);
  write_faults_.clear();
  read_faults_.clear();
}

void FakeDockerHost::OnRead(std::function<void(const std::string&)> hook) {
  std::scoped_lock lock(mutex_);
  on_read_ = std::move(hook);
}

Status FakeDockerHost::BeginRead(const std::string& call) {
  std::function<void(const std::string&)> hook;
  {
    std::scoped_lock lock(mutex_);
    calls_.push_back(call);
    ++reads_;
    if (down_) return Fail(ErrorCode::kUnavailable, "the Docker engine does not answer");
    for (auto fault = read_faults_.begin(); fault != read_faults_.end(); ++fault) {
      if (--fault->nth > 0) continue;
      Error error = fault->error;
      read_faults_.erase(fault);
      return std::unexpected(std::move(error));
    }
    hook = on_read_;
  }
  if (hook) hook(call);
  return {};
}

std::optional<FakeDockerHost::Fault> FakeDockerHost::BeginWrite(const std::string& call) {
  calls_.push_back(call);
  ++writes_;
  if (down_)
    return Fault{.error = Error(ErrorCode::kUnavailable, "the Docker engine does not answer")};
  for (auto fault = write_faults_.begin(); fault != write_faults_.end(); ++fault) {
    if (--fault->nth > 0) continue;
    Fault found = *fault;
    write_faults_.erase(fault);
    return found;
  }
  return std::nullopt;
}

Status FakeDockerHost::DoWrite(const std::string& call, const std::function<Status()>& work) {
  std::scoped_lock lock(mutex_);
  const std::optional<Fault> fault = BeginWrite(call);
  if (fault && !fault->after) return std::unexpected(fault->error);
  Status done = work();
  if (fault) return std::unexpected(fault->error);
  return done;
}

}  // namespace mooring::testing
