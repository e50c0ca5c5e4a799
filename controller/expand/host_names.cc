// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/host_names.h"

namespace mooring::expand {

SourceLocation HostNames::Claim::Place() const {
  return site->LocationOf(fmt::format("/{}/{}", field, index));
}

void HostNames::Add(const Resource& site) {
  for (const std::string_view field : {"hosts", "redirectFrom"}) {
    const auto hosts = site.spec.find(field);
    if (hosts == site.spec.end()) continue;
    size_t index = 0;
    for (const Json& host : *hosts) {
      Claimed(host.get_ref<const std::string&>(), {&site, field, index++});
    }
  }
}

void HostNames::Claimed(std::string_view host, const Claim& claim) {
  const auto [owner, is_new] = owners_.try_emplace(host, claim);
  if (is_new) return;
  const Claim& first = owner->second;
  diagnostics_.push_back(
      {claim.Place(),
       first.site == claim.site
           ? fmt::format("host \"{}\" is given twice in this Site", host)
           : fmt::format("host \"{}\" belongs to {} already", host, first.site->key.ToString()),
       fmt::format("the first is at {}; remove one of them", first.Place().ToString())});
}

}  // namespace mooring::expand
