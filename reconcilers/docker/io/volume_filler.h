// SPDX-License-Identifier: Apache-2.0
// Makes a volume and fills it.
#pragma once

#include <stop_token>

#include "controller/base/clock.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

/// May be cut anywhere and done again, by a plan made from what is there then. Aborted when the
/// volume or its mark turned out to be somebody else's, whose volume is then not touched.
Status DoFillVolume(DockerWriter& writer, const FillVolume& step, Time now, std::stop_token stop);

}  // namespace mooring::docker
