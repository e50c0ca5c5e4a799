// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/live_host.h"

#include <algorithm>

#include "reconcilers/docker/io/engine_json.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::cli {

Result<LiveHost> LiveHost::Read(docker::EngineView& view, bool with_volumes,
                                const std::stop_token& stop) {
  LiveHost live;
  MOORING_TRY(live.containers, view.Containers({}, false, stop));
  if (with_volumes) {
    MOORING_TRY(live.volumes, view.Volumes(stop));
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(live.containers.begin(), live.containers.end(), by_name);
  std::sort(live.volumes.begin(), live.volumes.end(), by_name);
  return live;
}

void LiveHost::ReadStarts(docker::EngineView& view, const ResourceKey& app,
                          const std::stop_token& stop) {
  for (const docker::ContainerView& container : ContainersOf(app)) {
    const auto at = view.StartedAt(container.id, stop);
    if (at && *at) started[container.id] = **at;  // one that has just gone has no time
  }
}

std::vector<docker::ContainerView> LiveHost::ContainersOf(const ResourceKey& app,
                                                          const std::string& service) const {
  std::vector<docker::ContainerView> found;
  for (const docker::ContainerView& container : containers) {
    const bool fits =
        service.empty() || LabelOf(container.labels, docker::label::kService) == service;
    if (fits && OwnerOf(container.labels) == app) found.push_back(container);
  }
  return found;
}

std::vector<docker::VolumeView> LiveHost::VolumesOf(const ResourceKey& app) const {
  std::vector<docker::VolumeView> found;
  for (const docker::VolumeView& volume : volumes) {
    if (OwnerOf(volume.labels) == app) found.push_back(volume);
  }
  return found;
}

std::string LabelOf(const docker::Labels& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

std::optional<ResourceKey> OwnerOf(const docker::Labels& labels) {
  ResourceKey key{LabelOf(labels, docker::label::kKind), LabelOf(labels, docker::label::kNamespace),
                  LabelOf(labels, docker::label::kName)};
  if (key.kind.empty() || key.name.empty()) return std::nullopt;
  return key;
}

std::string HealthWord(const docker::ContainerView& container) {
  if (container.state != "running") return container.state;
  switch (docker::HealthOf(container.status)) {
    case docker::Health::kHealthy:
      return "healthy";
    case docker::Health::kUnhealthy:
      return "unhealthy";
    case docker::Health::kStarting:
      return "starting";
    case docker::Health::kNone:
      return "running";
  }
  return container.state;
}

}  // namespace mooring::cli
