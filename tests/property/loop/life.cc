// SPDX-License-Identifier: Apache-2.0
#include "tests/property/loop/life.h"

#include <thread>

namespace mooring::testing {

Status MortalWriter::Alive() {
  if (fuse_.Step()) return {};
  return Fail(ErrorCode::kCancelled, "the process is dead");
}

Result<std::string> MortalWriter::CreateContainer(const std::string& name, const Json& body,
                                                  std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.CreateContainer(name, body, stop);
}

Status MortalWriter::StartContainer(const std::string& id, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.StartContainer(id, stop);
}

Status MortalWriter::StopContainer(const std::string& id, Duration grace, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.StopContainer(id, grace, stop);
}

Status MortalWriter::RemoveContainer(const std::string& id, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.RemoveContainer(id, stop);
}

Status MortalWriter::UnpauseContainer(const std::string& id, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.UnpauseContainer(id, stop);
}

Status MortalWriter::SignalContainer(const std::string& id, const std::string& signal,
                                     std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.SignalContainer(id, signal, stop);
}

Status MortalWriter::UpdateContainer(const std::string& id, const Json& body,
                                     std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.UpdateContainer(id, body, stop);
}

Status MortalWriter::RenameContainer(const std::string& id, const std::string& name,
                                     std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.RenameContainer(id, name, stop);
}

Status MortalWriter::ConnectNetwork(const std::string& network, const std::string& container,
                                    const Json& endpoint, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.ConnectNetwork(network, container, endpoint, stop);
}

Status MortalWriter::DisconnectNetwork(const std::string& network, const std::string& container,
                                       std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.DisconnectNetwork(network, container, stop);
}

Status MortalWriter::CreateNetwork(const Json& body, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.CreateNetwork(body, stop);
}

Status MortalWriter::RemoveNetwork(const std::string& id, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.RemoveNetwork(id, stop);
}

Result<docker::VolumeInfo> MortalWriter::CreateVolume(const Json& body, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.CreateVolume(body, stop);
}

Status MortalWriter::RemoveVolume(const std::string& name, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.RemoveVolume(name, stop);
}

/// What was sent before the crash is unpacked.
Status MortalWriter::PutArchive(const std::string& container, const std::string& folder,
                                const std::function<Result<std::string>()>& next,
                                std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  const auto alive = [&]() -> Result<std::string> {
    MOORING_RETURN_IF_ERROR(Alive());
    return next();
  };
  return host_.PutArchive(container, folder, alive, stop);
}

Status MortalWriter::PullImage(const docker::ImagePull& pull, const OnProgress& progress,
                               std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.PullImage(pull, progress, stop);
}

Status MortalWriter::RemoveImage(const std::string& reference, const std::string& id,
                                 std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Alive());
  return host_.RemoveImage(reference, id, stop);
}

Result<Applied> MortalApplier::Apply(const ResourceKey& key, const Change& change,
                                     std::stop_token stop) {
  const bool alive = change.object.starts_with("hosts/") ? fuse_.Step() : !fuse_.blown();
  if (!alive) return Fail(ErrorCode::kCancelled, "the process is dead");
  return applier_.Apply(key, change, stop);
}

Life::Life(FakeDockerHost& host, Store& memory, FakeClock& clock, const std::string& hosts_file)
    : store(memory, [this] { return fuse.Step(); }),
      writer(host, fuse),
      docker(host, writer, hosts_file, clock, {}),
      applier(docker.applier, fuse),
      metrics({.kinds = {"App"}}),
      events(store, clock, {}),
      statuses(store, clock, events),
      policy(Policy::Options{}),
      plans({{{"App"}, "docker", &docker.observer, &docker.planner}}, clock),
      executor({{"App", &applier}}, statuses, events, clock, {}),
      controller({.workers = 1, .max_backoff = std::chrono::minutes(1)}, {.plans = plans,
                                                                          .policy = policy,
                                                                          .executor = executor,
                                                                          .store = store,
                                                                          .statuses = statuses,
                                                                          .events = events,
                                                                          .metrics = metrics,
                                                                          .clock = clock,
                                                                          .log = {}}) {
  controller.Start();
}

void Life::AwaitIdle() const {
  for (auto stats = controller.QueueStats(); stats.depth + stats.processing > 0;
       stats = controller.QueueStats()) {
    std::this_thread::yield();
  }
}

void Life::Wake(const ResourceKey& key, Trigger trigger) {
  controller.Wake({key}, trigger);
  AwaitIdle();
}

void Life::Resync() {
  if (docker.observer.Refresh({})) {
    const auto owned = docker.observer.Owned({});
    if (owned) controller.Wake(*owned, Trigger::kResync);
  }
  controller.WakeAll(Trigger::kResync);
  AwaitIdle();
}

}  // namespace mooring::testing
