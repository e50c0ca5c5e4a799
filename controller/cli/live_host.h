// SPDX-License-Identifier: Apache-2.0
// What the engine holds of Mooring's resources right now, and how each thing there is called. Pure
// but for LiveHost::Read.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/key.h"
#include "reconcilers/docker/io/engine_view.h"

namespace mooring::cli {

struct LiveHost {
  std::vector<docker::ContainerView> containers;  ///< of all owners, by name
  std::vector<docker::VolumeView> volumes;        ///< of all owners, by name
  std::map<std::string, Time> started;            ///< by container id; those that were asked for

  /// Everything on the engine; `with_volumes` takes it long.
  static Result<LiveHost> Read(docker::EngineView& view, bool with_volumes,
                               const std::stop_token& stop);
  /// Asks when the running containers of `app` were started.
  void ReadStarts(docker::EngineView& view, const ResourceKey& app, const std::stop_token& stop);

  std::vector<docker::ContainerView> ContainersOf(const ResourceKey& app,
                                                  const std::string& service = "") const;
  std::vector<docker::VolumeView> VolumesOf(const ResourceKey& app) const;
};

/// The resource whose labels these are; nullopt: nobody's that Mooring knows.
std::optional<ResourceKey> OwnerOf(const docker::Labels& labels);
std::string LabelOf(const docker::Labels& labels, const char* name);
/// "healthy", "unhealthy", "starting", "running", or the engine's own word.
std::string HealthWord(const docker::ContainerView& container);

}  // namespace mooring::cli
