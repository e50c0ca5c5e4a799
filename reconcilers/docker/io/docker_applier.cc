// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_applier.h"

namespace mooring::docker {

Result<Applied> DockerApplier::Apply(const ResourceKey& key, const Change& change,
                                     std::stop_token stop) {
  const auto* operation = static_cast<const DockerOperation*>(change.operation.get());
  const Status done =
      std::visit([&](const auto& step) { return Do(key, step, stop); }, operation->step);
  observer_.MarkDirty(key);
  if (!done)
    return std::unexpected(
        done.error().WithContext(std::string(ActionName(change.action)) + " " + change.object));
  return Applied::kDone;
}

Status DockerApplier::Do(const ResourceKey& key, const PullImage& step, std::stop_token stop) {
  const auto report = [&](const std::string& progress) {
    if (on_progress_) on_progress_(key, fmt::format("pulling {}: {}", step.image, progress));
  };
  return writer_.PullImage(step.image, report, stop);
}

Status DockerApplier::Do(const ResourceKey&, const CreateNetwork& step, std::stop_token stop) {
  return writer_.CreateNetwork(step.body, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveNetwork& step, std::stop_token stop) {
  return writer_.RemoveNetwork(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const CreateVolume& step, std::stop_token stop) {
  return writer_.CreateVolume(step.body, stop);
}

Status DockerApplier::Do(const ResourceKey&, const CreateContainer& step, std::stop_token stop) {
  if (!step.remove_first.empty()) {
    MOORING_RETURN_IF_ERROR(writer_.StopContainer(step.remove_first, step.grace, stop));
    MOORING_RETURN_IF_ERROR(writer_.RemoveContainer(step.remove_first, stop));
  }
  MOORING_TRY(const std::string id, writer_.CreateContainer(step.name, step.body, stop));
  return writer_.StartContainer(id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const StartContainer& step, std::stop_token stop) {
  return writer_.StartContainer(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const UnpauseContainer& step, std::stop_token stop) {
  return writer_.UnpauseContainer(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const UpdateContainer& step, std::stop_token stop) {
  return writer_.UpdateContainer(step.id, step.body, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RenameContainer& step, std::stop_token stop) {
  return writer_.RenameContainer(step.id, step.name, stop);
}

Status DockerApplier::Do(const ResourceKey&, const ConnectNetwork& step, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(writer_.DisconnectNetwork(step.network, step.container, stop));
  return writer_.ConnectNetwork(step.network, step.container, step.endpoint, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveContainer& step, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(writer_.StopContainer(step.id, step.grace, stop));
  MOORING_RETURN_IF_ERROR(writer_.RemoveContainer(step.id, stop));
  if (step.rename.empty()) return {};
  return writer_.RenameContainer(step.rename, step.name, stop);
}

Status DockerApplier::Do(const ResourceKey&, const SetHosts& step, std::stop_token) {
  return hosts_.Set(step.names);
}

}  // namespace mooring::docker
