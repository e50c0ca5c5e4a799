// SPDX-License-Identifier: Apache-2.0
// How this host's Caddy is used: the `caddy` section of mooring.yaml. Values.
#pragma once

#include <string>
#include <vector>

namespace mooring::caddy {

/// What to do about servers that are not ours: Caddy's whole configuration is Mooring's.
enum class Foreign {
  kRefuse,  ///< change nothing and say which they are
  kAdopt,   ///< replace them
};

struct GatewayOptions {
  std::string admin = "unix//run/caddy/admin.sock";  ///< AdminAddress::text
  Foreign foreign = Foreign::kRefuse;
  std::string acme_email;  ///< for Sites that name none; may be empty
  std::vector<std::string> http_listen{":80"};
  std::vector<std::string> https_listen{":443"};
};

/// What the running Caddy can do beyond Debian's 2.6.
struct Capabilities {
  /// A reload can leave open websockets alone (`stream_close_delay`).
  bool keeps_streams = false;
  bool operator==(const Capabilities&) const = default;
};

}  // namespace mooring::caddy
