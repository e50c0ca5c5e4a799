// SPDX-License-Identifier: Apache-2.0
// A host name belongs to one Site. Pure; used once, for one set of resources.
#pragma once

#include <string_view>
#include <unordered_map>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

class HostNames {
 public:
  explicit HostNames(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Takes the names of a Site; `site` must outlive this.
  void Add(const Resource& site);

 private:
  /// Where a name is claimed; the place is looked up only when it is needed.
  struct Claim {
    const Resource* site = nullptr;
    std::string_view field;
    size_t index = 0;
    SourceLocation Place() const;
  };
  void Claimed(std::string_view host, const Claim& claim);

  Diagnostics& diagnostics_;
  std::unordered_map<std::string_view, Claim> owners_;
};

}  // namespace mooring::expand
