// SPDX-License-Identifier: Apache-2.0
// How the services of one App lean on each other: which is there before which, whose network,
// processes or mounts another one shares, and under which further names. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

struct AppSpec;
struct ServiceSpec;

/// What a service waits for before one of its containers is created or started.
struct Dependency {
  enum class Condition { kStarted, kHealthy, kCompleted };
  Condition condition = Condition::kStarted;
  bool restart = false;  ///< follows when the other's container is replaced
  bool required = true;  ///< else it is not waited for once it has failed
};
/// By the other service's name.
using Dependencies = std::map<std::string, Dependency>;

/// NAME of "service:NAME"; "" of anything else.
std::string_view SharedService(std::string_view mode);

/// What depends_on says, and what follows from shared networks, processes, mounts and links. Those
/// that are not required and not in `services` are left out.
Dependencies ReadDependencies(const Json& service, const Json& services);

/// Gives each linked service its further names, and each service the mounts that it takes from
/// others. `services`: of the spec.
void ApplyRelations(const Json& services, AppSpec& app);

/// Puts each service behind those that it depends on, and else leaves the order as it is.
void OrderByDependencies(std::vector<ServiceSpec>& services);

}  // namespace mooring::docker
