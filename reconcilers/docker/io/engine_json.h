// SPDX-License-Identifier: Apache-2.0
// The engine's JSON as our values. Pure; unknown fields are ignored, missing ones are empty, those
// of another type than documented throw nlohmann's exceptions, which docker_client.cc catches.
#pragma once

#include <optional>
#include <string_view>

#include "reconcilers/docker/io/docker_client.h"

namespace mooring::docker {

ContainerSummary ParseSummary(const Json& item);
ContainerDetails ParseDetails(const Json& inspect);
NetworkInfo ParseNetwork(const Json& item);
VolumeInfo ParseVolumeInfo(const Json& item);
/// Of GET /system/df: bytes by name, of those that were counted.
std::map<std::string, long long> ParseVolumeSizes(const Json& usage);
ImageInfo ParseImage(const Json& inspect);
EngineEvent ParseEvent(const Json& event);

/// Health from the list's Status text: "Up 3 minutes (healthy)".
Health HealthOf(std::string_view status_text);
/// Exit code from the list's Status text: "Exited (143) 2 hours ago"; 0 when it says none.
int ExitCodeOf(std::string_view status_text);

}  // namespace mooring::docker
