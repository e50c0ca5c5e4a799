// SPDX-License-Identifier: Apache-2.0
// What an engine makes of a create body: the normalisation that a real one was seen to do. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reconcilers/docker/plan/observation.h"

namespace mooring::testing {

/// Config and HostConfig as an inspection shows them.
Json EngineConfig(const Json& body, const docker::ImageInfo& image);
Json EngineHostConfig(const Json& body);
/// What the engine shows of a network made with this body.
Json EngineNetworkOptions(const Json& body);

/// "8080/tcp" for each fixed host port.
std::vector<std::string> HostPorts(const Json& host_config);

/// The generated name of each volume without a name, by its place.
std::map<std::string, std::string> UnnamedVolumes(const std::string& id, const Json& host_config);

/// The names of the named volumes that it mounts.
std::vector<std::string> NamedVolumes(const Json& host_config);

}  // namespace mooring::testing
