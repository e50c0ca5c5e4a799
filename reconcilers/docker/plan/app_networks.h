// SPDX-License-Identifier: Apache-2.0
// The networks of an App beside its own, and a service's place in each. Values; built from a
// validated spec only. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

/// The key in spec.networks of the App's own network.
inline constexpr char kOwnNetwork[] = "default";

struct NetworkSpec {
  std::string key;   ///< in spec.networks
  std::string name;  ///< on the engine
  bool external = false;
  std::map<std::string, std::string> labels;
  /// What it is made with, as the engine takes it: Driver, Options, Internal, Attachable,
  /// EnableIPv6, IPAM. What the spec does not say is not there.
  Json options = Json::object();

  bool IsBridge() const { return options.value("Driver", "bridge") == "bridge"; }
  bool HasSubnet() const { return options.contains("IPAM"); }
};

/// A service's place in a network.
struct ServiceNetwork {
  std::string key;   ///< in spec.networks
  std::string name;  ///< on the engine
  std::vector<std::string> aliases;
  std::string ipv4_address;
  std::string ipv6_address;
  std::vector<std::string> link_local_ips;
  std::map<std::string, std::string> driver_opts;
  long long priority = 0;
};

/// `prefix`: "default_shop", the name of the App's own network. Those that `spec` declares, and
/// always the own one; by key.
std::vector<NetworkSpec> ReadNetworks(const Json& spec, const std::string& prefix);

/// A service's networks in the order in which they are connected; none with a network_mode.
/// `routed`: a Site points at it, so that it is in the App's own network.
std::vector<ServiceNetwork> ReadServiceNetworks(const Json& service,
                                                const std::vector<NetworkSpec>& networks,
                                                bool routed);

/// EndpointConfig; `address`: of the App's own choice, empty where the engine chooses.
Json EndpointBody(const std::string& service, const ServiceNetwork& place,
                  const std::string& address);

/// In one form, for a digest.
Json CanonicalPlace(const ServiceNetwork& place);

/// What a network as the engine shows it has otherwise than `wanted`: "internal", "ipam"; "" when
/// it is as it shall be. `actual`: Driver, Options, Internal, Attachable, EnableIPv6, IPAM.
std::string WhatDiffers(const NetworkSpec& wanted, const Json& actual);

}  // namespace mooring::docker
