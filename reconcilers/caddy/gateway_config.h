// SPDX-License-Identifier: Apache-2.0
// Caddy's whole configuration: taken apart into Sites, and put together again. Pure; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/caddy/gateway_options.h"
#include "reconcilers/caddy/site_config.h"

namespace mooring::caddy {

using Sites = std::map<ResourceKey, SiteConfig>;

/// Something in our part of the configuration, but in no Site, that is not as it should be.
struct FrameDifference {
  std::string pointer;  ///< JSON pointer into Caddy's configuration
  std::string actual;
  std::string desired;
};

/// What Caddy runs, as Mooring understands it.
struct LiveConfig {
  Json config;  ///< as Caddy gave it; null when it has none
  Sites sites;
  /// Servers and apps that are not Mooring's, "srv0 (:80, :443)".
  std::vector<std::string> foreign;
  /// Caddy holds none of our servers: a fresh one, or one that lost its configuration.
  bool blank = true;
  std::optional<FrameDifference>
      frame;  ///< never while `blank` or while foreign servers are refused
  Capabilities capabilities;

  /// Changes are refused until a person decides about `foreign`.
  bool Refused(const GatewayOptions& options) const {
    return !foreign.empty() && options.foreign == Foreign::kRefuse;
  }
};

/// The configuration without any Site: admin block, servers with their 404, logs, local CA.
Json BaseConfig(const GatewayOptions& options);

/// `live` with exactly `sites` in it. The live admin block is kept and always names an address (the
/// configured one if it names none). Everything that is not ours goes, except `storage`. A fixed
/// point: assembling the result again changes nothing.
Json Assemble(const Json& live, const GatewayOptions& options, const Sites& sites);

LiveConfig Inspect(Json config, const GatewayOptions& options, const Capabilities& capabilities);

/// Addresses that `next` listens on and `live` does not, with the server that wants each.
struct Listener {
  std::string server;
  std::string address;  ///< ":443", "127.0.0.1:8080"
};
std::vector<Listener> NewListeners(const Json& live, const Json& next);

/// A host of one of the `edited` Sites that another of `sites` serves too. Caddy takes both and
/// then asks only the first, so nobody else would notice.
struct HostClash {
  std::string host;
  ResourceKey edited;
  ResourceKey other;
};
std::optional<HostClash> FindHostClash(const Sites& sites, const std::set<ResourceKey>& edited);

/// The text that says who is in the way and what to do about it.
std::string ForeignText(const LiveConfig& live);

}  // namespace mooring::caddy
