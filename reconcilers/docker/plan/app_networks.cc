// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/app_networks.h"

#include <algorithm>

#include "controller/base/cidr.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

/// The key of the App's own network where the default one is another; no spec can have it.
constexpr char kBesideDefault[] = "(own)";

std::map<std::string, std::string> TextMap(const Json& json) {
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : json.items())
    map[name] = value.is_string() ? value.get<std::string>() : value.dump();
  return map;
}

Json IpamBody(const Json& ipam) {
  Json configs = Json::array();
  const Json given = ipam.value("config", Json::array());
  for (const Json& config : given) {
    Json entry = {{"Subnet", config.value("subnet", "")}};
    if (config.contains("ip_range")) entry["IPRange"] = config["ip_range"];
    if (config.contains("gateway")) entry["Gateway"] = config["gateway"];
    if (config.contains("aux_addresses"))
      entry["AuxiliaryAddresses"] = TextMap(config["aux_addresses"]);
    configs.push_back(std::move(entry));
  }
  Json body = {{"Driver", ipam.value("driver", "default")}, {"Config", std::move(configs)}};
  if (ipam.contains("options")) body["Options"] = TextMap(ipam["options"]);
  return body;
}

/// Whether what is said of the default network is more than the App's own can be.
bool IsApart(const Json& network) {
  const bool other_driver = network.value("driver", "bridge") != "bridge";
  return other_driver || network.contains("name") || network.value("external", false) ||
         network.value("enable_ipv6", false) || !network.value("ipam", Json::object()).empty();
}

NetworkSpec ReadNetwork(const std::string& key, const Json& json, const std::string& prefix) {
  const bool external = json.value("external", false);
  NetworkSpec network{.key = key, .external = external};
  network.own = key == kDefaultNetwork && !IsApart(json);
  network.name = network.own ? prefix : external ? key : fmt::format("{}_{}", prefix, key);
  network.name = json.value("name", network.name);
  network.labels = json.value("labels", std::map<std::string, std::string>());
  const std::string driver = json.value("driver", "bridge");
  if (driver != "bridge") network.options["Driver"] = driver;
  const Json options = json.value("driver_opts", Json::object());
  if (!options.empty()) network.options["Options"] = TextMap(options);
  for (const auto& [ours, theirs] : {std::pair{"internal", "Internal"},
                                     {"attachable", "Attachable"},
                                     {"enable_ipv6", "EnableIPv6"}}) {
    if (json.value(ours, false)) network.options[theirs] = true;
  }
  if (json.contains("ipam") && !json["ipam"].empty())
    network.options["IPAM"] = IpamBody(json["ipam"]);
  return network;
}

/// Engines write addresses in their own way, and a gateway with or without its prefix.
bool IsSameText(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = Cidr::Parse(a);
  const auto right = Cidr::Parse(b);
  if (!left || !right) return false;
  const bool with_prefix = a.find('/') != std::string::npos && b.find('/') != std::string::npos;
  return left->bytes == right->bytes && left->is_v6 == right->is_v6 &&
         (!with_prefix || left->bits == right->bits);
}

/// Whether `actual` has all that `wanted` has, and says the same there.
bool Covers(const Json& actual, const Json& wanted) {
  if (wanted.is_object()) {
    const auto items = wanted.items();
    return std::all_of(items.begin(), items.end(), [&](const auto& item) {
      return actual.is_object() && actual.contains(item.key()) &&
             Covers(actual.at(item.key()), item.value());
    });
  }
  if (wanted.is_string() && actual.is_string())
    return IsSameText(actual.get<std::string>(), wanted.get<std::string>());
  if (!wanted.is_array()) return actual == wanted;
  return actual.is_array() && std::ranges::all_of(wanted, [&](const Json& item) {
           return std::ranges::any_of(actual, [&](const Json& a) { return Covers(a, item); });
         });
}

}  // namespace

std::vector<Subnet> NetworkSpec::Subnets() const {
  std::vector<Subnet> subnets;
  const Json ipam = options.value("IPAM", Json::object());
  const Json configs = ipam.value("Config", Json::array());
  for (const Json& config : configs) {
    if (const auto subnet = Subnet::Parse(config.value("Subnet", ""))) subnets.push_back(*subnet);
  }
  return subnets;
}

std::vector<NetworkSpec> ReadNetworks(const Json& spec, const std::string& prefix) {
  std::vector<NetworkSpec> networks;
  const Json declared = spec.value("networks", Json::object());
  for (const auto& [key, json] : declared.items())
    networks.push_back(ReadNetwork(key, json.is_object() ? json : Json::object(), prefix));
  if (std::ranges::none_of(networks, &NetworkSpec::own)) {
    const bool apart = declared.contains(kDefaultNetwork);
    networks.push_back(
        {.key = apart ? kBesideDefault : kDefaultNetwork, .name = prefix, .own = true});
  }
  return networks;
}

std::vector<ServiceNetwork> ReadServiceNetworks(const Json& service,
                                                const std::vector<NetworkSpec>& networks,
                                                bool in_own) {
  if (service.contains("network_mode")) return {};
  Json given = service.value("networks", Json::object());
  if (given.empty()) given[kDefaultNetwork] = Json::object();
  const auto own = std::ranges::find_if(networks, &NetworkSpec::own);
  const bool implied = in_own && !given.contains(own->key);
  if (implied) given[own->key] = Json::object();
  std::vector<ServiceNetwork> places;
  for (const auto& [key, value] : given.items()) {
    const auto network = std::ranges::find(networks, key, &NetworkSpec::key);
    if (network == networks.end()) continue;
    const Json json = value.is_object() ? value : Json::object();
    places.push_back({.key = key,
                      .name = network->name,
                      .own = network->own,
                      .implied = network->own && implied,
                      .aliases = json.value("aliases", Strings()),
                      .ipv4_address = json.value("ipv4_address", ""),
                      .ipv6_address = json.value("ipv6_address", ""),
                      .link_local_ips = json.value("link_local_ips", Strings()),
                      .driver_opts = TextMap(json.value("driver_opts", Json::object())),
                      .mac_address = json.value("mac_address", ""),
                      .priority = json.value("priority", 0LL),
                      .gw_priority = json.value("gw_priority", 0LL)});
  }
  std::ranges::stable_sort(places, [](const ServiceNetwork& a, const ServiceNetwork& b) {
    return std::tuple(a.implied, -a.priority, !a.own) < std::tuple(b.implied, -b.priority, !b.own);
  });
  return places;
}

Json EndpointBody(const std::string& service, const ServiceNetwork& place,
                  const std::string& address) {
  Strings aliases = {service};
  aliases.insert(aliases.end(), place.aliases.begin(), place.aliases.end());
  Json body = {{"Aliases", aliases}};
  const std::string ipv4 = address.empty() ? place.ipv4_address : address;
  if (!ipv4.empty()) body["IPAMConfig"]["IPv4Address"] = ipv4;
  if (!place.ipv6_address.empty()) body["IPAMConfig"]["IPv6Address"] = place.ipv6_address;
  if (!place.link_local_ips.empty()) body["IPAMConfig"]["LinkLocalIPs"] = place.link_local_ips;
  if (!place.driver_opts.empty()) body["DriverOpts"] = place.driver_opts;
  if (!place.mac_address.empty()) body["MacAddress"] = place.mac_address;
  if (place.gw_priority != 0) body["GwPriority"] = place.gw_priority;
  return body;
}

Json CanonicalPlace(const ServiceNetwork& place) {
  Json out = EndpointBody("", place, "");
  Strings aliases = place.aliases;
  std::ranges::sort(aliases);
  out["Aliases"] = aliases;
  out["name"] = place.name;
  out["priority"] = place.priority;
  return out;
}

Json CanonicalNetwork(const NetworkSpec& network) {
  return {{"name", network.name}, {"options", network.options}, {"labels", network.labels}};
}

std::string WhatDiffers(const NetworkSpec& wanted, const Json& actual) {
  for (const auto& [word, name, otherwise] : {std::tuple{"driver", "Driver", Json("bridge")},
                                              {"internal", "Internal", Json(false)},
                                              {"attachable", "Attachable", Json(false)}}) {
    if (actual.value(name, otherwise) != wanted.options.value(name, otherwise)) return word;
  }
  // Engines may be told to give IPv6 to every network.
  if (wanted.options.value("EnableIPv6", false) && !actual.value("EnableIPv6", false))
    return "enable_ipv6";
  for (const auto& [word, name] : {std::pair{"driver_opts", "Options"}, {"ipam", "IPAM"}}) {
    if (!Covers(actual.value(name, Json()), wanted.options.value(name, Json::object())))
      return word;
  }
  return "";
}

}  // namespace mooring::docker
