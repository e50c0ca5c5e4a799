// SPDX-License-Identifier: Apache-2.0
// What Namespace documents say about the resources in them. Points at resources that its owner
// keeps. Pure; used once, for one set of resources.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::expand {

/// Of an App's `derived`: the logins that its namespace has.
inline constexpr char kRegistryCredentials[] = "registryCredentials";

class Namespaces {
 public:
  explicit Namespaces(const std::vector<ResourcePtr>& resources);

  /// The document of that namespace; nullptr when there is none.
  const Resource* Find(const std::string& ns) const;
  /// The logins that an App's namespace has for registries; nullptr: none, or it is no App.
  const Json* RegistryCredentials(const Resource& resource) const;
  /// "Namespace/team-blue" when that is suspended, else "".
  std::string SuspendedBy(const std::string& ns) const;
  /// How many resources are in the namespace.
  size_t CountIn(const std::string& ns) const;

 private:
  std::unordered_map<std::string, const Resource*> documents_;
  std::unordered_map<std::string, size_t> counts_;
};

}  // namespace mooring::expand
