// SPDX-License-Identifier: Apache-2.0
// What the Engine API answers about the things of a FakeDockerHost, as text. Pure.
// Source of the forms: Docker Engine API v1.41, as a 20.10 engine was seen to answer.
#pragma once

#include <string>

#include "tests/support/docker/fake_docker_host.h"

namespace mooring::bench {

/// One item of GET /containers/json.
std::string ListItemText(const testing::FakeDockerHost::Container& container);
/// GET /containers/{id}/json.
Json InspectJson(const testing::FakeDockerHost::Container& container);
/// One item of GET /networks and of GET /volumes.
Json NetworkJson(const docker::NetworkInfo& network);
Json VolumeJson(const docker::VolumeInfo& volume);
/// GET /images/{reference}/json.
Json ImageJson(const docker::ImageInfo& image, const std::string& reference);
/// One line of GET /events; `nanos` since the epoch.
std::string EventLine(const docker::EngineEvent& event, int64_t nanos);

}  // namespace mooring::bench
