// SPDX-License-Identifier: Apache-2.0
// What /readyz and `mooring doctor` say about Caddy. Thread-safe; reads only.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/caddy/admin_client.h"

namespace mooring::caddy {

struct CaddyReport {
  bool reachable = false;
  std::string error;                 ///< why not
  std::string address;               ///< where it answered; else where it was looked for
  std::string version;               ///< "v2.10.2", "older than 2.8"
  std::vector<std::string> foreign;  ///< "srv0 (:80)": what is not ours
  bool refused = false;              ///< and nothing is changed because of it
  size_t sites = 0;
};

class CaddyProbe {
 public:
  /// `reader` must outlive the probe.
  CaddyProbe(ConfigReader& reader, GatewayOptions options)
      : reader_(reader), options_(std::move(options)) {}
  CaddyReport Check(std::stop_token stop) const;

 private:
  ConfigReader& reader_;
  const GatewayOptions options_;
};

}  // namespace mooring::caddy
