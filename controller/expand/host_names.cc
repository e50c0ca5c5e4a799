// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/host_names.h"

#include <string_view>
#include <unordered_map>

namespace mooring::expand {
namespace {

/// Where a host is claimed; the place is looked up only when it is needed.
struct Claim {
  const Resource* site = nullptr;
  std::string_view field;
  size_t index = 0;

  SourceLocation Place() const { return site->LocationOf(fmt::format("/{}/{}", field, index)); }
};

}  // namespace

void CheckHostNames(const std::vector<ResourcePtr>& resources, Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, Claim> owners;
  for (const ResourcePtr& resource : resources) {
    if (resource->key.kind != "Site") continue;
    for (const std::string_view field : {"hosts", "redirectFrom"}) {
      const auto hosts = resource->spec.find(field);
      if (hosts == resource->spec.end()) continue;
      for (size_t i = 0; i < hosts->size(); ++i) {
        const std::string& host = (*hosts)[i].get_ref<const std::string&>();
        const Claim claim{resource.get(), field, i};
        const auto [owner, is_new] = owners.try_emplace(host, claim);
        if (is_new) continue;
        const Claim& first = owner->second;
        const bool same = first.site == claim.site;
        diagnostics.push_back(
            {claim.Place(),
             same ? fmt::format("host \"{}\" is given twice in this Site", host)
                  : fmt::format("host \"{}\" belongs to {} already", host,
                                first.site->key.ToString()),
             fmt::format("the first is at {}; remove one of them", first.Place().ToString())});
      }
    }
  }
}

}  // namespace mooring::expand
