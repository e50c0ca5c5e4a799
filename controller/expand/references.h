// SPDX-License-Identifier: Apache-2.0
// Follows the references between resources. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/manifest/loader.h"

namespace mooring::expand {

struct References {
  std::map<ResourceKey, std::vector<ResourceKey>> depends_on;
  /// App -> those of its services that a Site points at.
  std::unordered_map<const Resource*, std::set<std::string>> routed_services;
};

/// A reference to a resource that has findings of its own is no finding; nor is one to a resource
/// that may stand in a file that could not be read.
References CheckReferences(const manifest::LoadResult& loaded, Diagnostics& diagnostics);

}  // namespace mooring::expand
