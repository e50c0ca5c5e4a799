// SPDX-License-Identifier: Apache-2.0
// The networks of an App beside its own, and a service's place in each. Values; built from a
// validated spec only. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/resource/resource.h"
#include "reconcilers/docker/plan/subnet.h"

namespace mooring::docker {

/// The key in spec.networks of the network that services are in that name none.
inline constexpr char kDefaultNetwork[] = "default";

struct NetworkSpec {
  std::string key;   ///< in spec.networks
  std::string name;  ///< on the engine
  /// The App's own, with its usual name and addresses of Mooring's choice. It is the default one,
  /// unless the spec gives that one another name or addresses: then it is beside that.
  bool own = false;
  bool external = false;
  std::map<std::string, std::string> labels;
  /// What it is made with, as the engine takes it: Driver, Options, Internal, Attachable,
  /// EnableIPv6, IPAM. What the spec does not say is not there.
  Json options = Json::object();

  bool IsBridge() const { return options.value("Driver", "bridge") == "bridge"; }
  /// Nothing is said of it: it is what every App has.
  bool IsUsual() const { return own && options.empty() && labels.empty(); }
  /// IPv4, as far as the spec gives them.
  std::vector<Subnet> Subnets() const;
};

/// A service's place in a network.
struct ServiceNetwork {
  std::string key;   ///< in spec.networks
  std::string name;  ///< on the engine
  bool own = false;  ///< see NetworkSpec
  /// The spec does not name it: it is the App's own, where Sites and marks of adoption need it. It
  /// is connected and left in place.
  bool implied = false;
  std::vector<std::string> aliases;
  std::string ipv4_address;
  std::string ipv6_address;
  std::vector<std::string> link_local_ips;
  std::map<std::string, std::string> driver_opts;
  std::string mac_address;    ///< needs an engine of API 1.44
  long long priority = 0;     ///< the highest is connected first
  long long gw_priority = 0;  ///< the highest is the way out; needs an engine of API 1.48
};

/// `prefix`: "default_shop", the name of the App's own network. Those that `spec` declares, and
/// always the own one; by key.
std::vector<NetworkSpec> ReadNetworks(const Json& spec, const std::string& prefix);

/// A service's networks in the order in which they are connected; none with a network_mode.
/// `in_own`: it is in the App's own network in any case.
std::vector<ServiceNetwork> ReadServiceNetworks(const Json& service,
                                                const std::vector<NetworkSpec>& networks,
                                                bool in_own);

/// EndpointConfig; `address`: of the App's own choice, empty where the engine chooses.
Json EndpointBody(const std::string& service, const ServiceNetwork& place,
                  const std::string& address);

/// In one form, for a digest.
Json CanonicalPlace(const ServiceNetwork& place);

/// All that a network is made of, in one form, for a digest.
Json CanonicalNetwork(const NetworkSpec& network);

/// What a network as the engine shows it has otherwise than `wanted`: "internal", "ipam"; "" when
/// it is as it shall be. `actual`: Driver, Options, Internal, Attachable, EnableIPv6, IPAM.
std::string WhatDiffers(const NetworkSpec& wanted, const Json& actual);

}  // namespace mooring::docker
