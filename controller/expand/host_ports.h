// SPDX-License-Identifier: Apache-2.0
// A port of the host is published once. Pure; used once, for one set of resources.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

class HostPorts {
 public:
  explicit HostPorts(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Takes the published ports of an App; `app` must outlive this.
  void Add(const Resource& app);

 private:
  struct Publication {
    const Resource* app = nullptr;
    std::string_view service;
    size_t index = 0;
    std::string host_ip;  ///< empty = all addresses

    SourceLocation Place() const;
    bool Collides(const Publication& other) const;
  };
  void Published(const Json& port, Publication publication);

  Diagnostics& diagnostics_;
  std::unordered_map<std::string, std::vector<Publication>> published_;  ///< by "80/tcp"
};

}  // namespace mooring::expand
