// SPDX-License-Identifier: Apache-2.0
// What an engine has once is of one App: the names that specs give to containers and networks, and
// the subnets of these. Pure; used once, for one set of resources.
#pragma once

#include <string>
#include <unordered_map>

#include "controller/base/cidr.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

class EngineNames {
 public:
  explicit EngineNames(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Takes what an App names; `app` must outlive this.
  void Add(const Resource& app);

 private:
  struct Claim {
    const Resource* app = nullptr;
    std::string pointer;
    std::string text;

    SourceLocation Place() const { return app->LocationOf(pointer); }
  };
  /// `what`: "container", "network".
  void Named(const char* what, Claim claim);
  void AddNetwork(const Resource& app, const std::string& key, const Json& network);
  void AddSubnet(Claim claim);

  Diagnostics& diagnostics_;
  std::unordered_map<std::string, Claim> names_;  ///< by "network shop_back"
  CidrMap<Claim> subnets_;
};

}  // namespace mooring::expand
