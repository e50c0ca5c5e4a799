// SPDX-License-Identifier: Apache-2.0
// Use of the machine by each App and its containers, as `mooring top` shows it. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/table.h"
#include "controller/resource/key.h"
#include "reconcilers/docker/io/engine_view.h"

namespace mooring::cli {

struct ContainerLoad {
  ResourceKey app;
  std::string name;
  docker::ContainerUsage before;
  docker::ContainerUsage after;
};

/// The Apps that use most first, each with its containers below.
std::vector<Row> TopRows(std::vector<ContainerLoad> loads);

}  // namespace mooring::cli
