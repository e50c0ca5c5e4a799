// SPDX-License-Identifier: Apache-2.0
// Facts that one resource offers to others. An App's services answer under names that only depend
// on who they are, so nothing needs to be looked up.
#pragma once

#include <string>
#include <string_view>

namespace mooring {

/// The name under which Caddy finds a routed service: "web.shop.default.mooring.internal". It
/// stands in the host's /etc/hosts, one line per healthy replica.
inline std::string RoutingName(std::string_view ns, std::string_view app,
                               std::string_view service) {
  std::string name;
  for (const std::string_view part : {service, app, ns}) name.append(part).push_back('.');
  return name + "mooring.internal";
}

}  // namespace mooring
