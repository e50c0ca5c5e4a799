// SPDX-License-Identifier: Apache-2.0
// A container as it runs, told back as a service of an App's spec: what differs from its image,
// in the words of the spec. What these have no words for is a comment, and so is what is a secret:
// neither is dropped in silence. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

/// By JSON pointer: what is said on the lines before that member.
using ExportComments = std::map<std::string, std::vector<std::string>>;

struct ContainerFacts {
  Json inspect;       ///< GET /containers/{id}/json
  Json image_config;  ///< Config of its image; null when that is not on the host any more
};

/// What stands in the names of a group's volumes and networks and says nothing: "shop_", and
/// "default_shop_" of what Mooring made.
struct ExportNames {
  std::string prefix;
  std::vector<std::string> networks;  ///< those that every member has anyway
};

struct ExportedService {
  nlohmann::ordered_json fields;        ///< image first
  ExportComments comments;              ///< pointers into `fields`
  std::map<std::string, Json> volumes;  ///< of spec.volumes, by key
};

ExportedService ExportService(const ContainerFacts& container, const ExportNames& names);

/// In place of a secret.
inline constexpr char kChangeMe[] = "CHANGE-ME";

}  // namespace mooring::docker
