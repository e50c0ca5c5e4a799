// SPDX-License-Identifier: Apache-2.0
// An App's `autoscale` as types, defaults filled in. Values; built from a validated spec only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/resource.h"

namespace mooring::docker {

/// Of one service.
struct AutoscaleRule {
  std::string service;
  int min_replicas = 1;
  int max_replicas = 1;
  std::optional<int> cpu_percent;     ///< of its limit
  std::optional<int> memory_percent;  ///< of its limit
  Duration scale_up_after = std::chrono::minutes(1);
  Duration scale_down_after = std::chrono::minutes(10);
};

/// In the order of the spec.
std::vector<AutoscaleRule> ParseAutoscale(const Json& spec);

}  // namespace mooring::docker
