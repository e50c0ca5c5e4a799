// SPDX-License-Identifier: Apache-2.0
// The networks of one App and the places of its services in them: names that are declared,
// addresses that fit and belong to one.
#include <algorithm>
#include <map>

#include "controller/base/cidr.h"
#include "controller/base/text.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

/// It is there without being declared.
constexpr std::string_view kDefault = "default";

bool IsTrue(const Node* flag) { return flag != nullptr && flag->text == "true"; }

/// A subnet that is taken.
struct Range {
  std::string_view network;
  std::string_view text;
};

/// `act` for each entry of ipam.config.
void ForEachConfig(const Node& network, const std::function<void(const Node&)>& act) {
  const Node* ipam = network.Find("ipam");
  const Node* configs = ipam == nullptr ? nullptr : ipam->Find("config");
  for (size_t i = 0; configs != nullptr && i < configs->items.size(); ++i) act(configs->items[i]);
}

class Networks {
 public:
  Networks(const Node& spec, Findings& findings)
      : declared_(spec.Find("networks")), findings_(findings) {
    for (size_t i = 0; declared_ != nullptr && i < declared_->members.size(); ++i)
      names_.push_back(declared_->members[i].key);
  }

  void CheckDeclared() {
    for (size_t i = 0; declared_ != nullptr && i < declared_->members.size(); ++i) {
      const Member& m = declared_->members[i];
      if (IsTrue(m.value.Find("external"))) CheckExternal(m);
      CheckAddresses(m);
    }
  }

  void CheckService(const std::string& service, const Node& value) {
    const Node* networks = value.Find("networks");
    for (size_t i = 0; networks != nullptr && i < networks->members.size(); ++i)
      CheckPlace(service, networks->members[i]);
  }

 private:
  /// What exists already was made as it is.
  void CheckExternal(const Member& network) {
    for (const Member& field : network.value.members) {
      if (field.key == "external" || field.key == "name") continue;
      findings_.Add(field.key_at,
                    fmt::format("network \"{}\" is external, so it has its own {} already",
                                network.key, field.key),
                    fmt::format("remove {}, or external", field.key));
    }
  }

  void CheckAddresses(const Member& network) {
    bool has_v6 = false;
    ForEachConfig(network.value, [&](const Node& config) {
      const Node* subnet = config.Find("subnet");
      const auto range = subnet == nullptr ? std::nullopt : Cidr::Parse(subnet->text);
      if (!range) return;
      has_v6 = has_v6 || range->is_v6;
      if (!range->IsNetwork()) {
        findings_.Add(subnet->at, fmt::format("{} is an address in a subnet", subnet->text),
                      "set the bits behind the prefix to zero");
      }
      CheckOverlap(network.key, *subnet, *range);
      CheckInside(config, *range);
    });
    const Node* v6 = network.value.Find("enable_ipv6");
    if (IsTrue(v6) && !has_v6) {
      findings_.Add(v6->at, fmt::format("network \"{}\" has no IPv6 subnet", network.key),
                    "add one to ipam.config, such as subnet: fd00:30::/64");
    }
  }

  void CheckOverlap(std::string_view network, const Node& subnet, const Cidr& range) {
    if (const Range* other = ranges_.Find(range)) {
      findings_.Add(subnet.at,
                    fmt::format("{} of network \"{}\" overlaps {} of \"{}\"", subnet.text, network,
                                other->text, other->network),
                    "give each its own, or leave ipam out");
      return;
    }
    ranges_.Add(range, {network, subnet.text});
  }

  void CheckInside(const Node& config, const Cidr& subnet) {
    const auto check = [&](const Node* value, std::string_view what) {
      const auto range = value == nullptr ? std::nullopt : Cidr::Parse(value->text);
      if (!range || subnet.Contains(*range)) return;
      findings_.Add(value->at,
                    fmt::format("{} {} is not in the subnet {}", what, value->text,
                                config.StringAt("subnet")),
                    "");
    };
    check(config.Find("ip_range"), "ip_range");
    check(config.Find("gateway"), "gateway");
    const Node* others = config.Find("aux_addresses");
    for (size_t i = 0; others != nullptr && i < others->members.size(); ++i)
      check(&others->members[i].value, "aux_addresses");
  }

  void CheckPlace(const std::string& service, const Member& place) {
    const Node* network = declared_ == nullptr ? nullptr : declared_->Find(place.key);
    if (network == nullptr && place.key != kDefault) {
      const std::string near = Nearest(place.key, names_);
      findings_.Add(place.key_at,
                    fmt::format("network \"{}\" is not declared in spec.networks", place.key),
                    near.empty() ? fmt::format("add {}: {{}} there", place.key)
                                 : fmt::format("did you mean \"{}\"?", near));
      return;
    }
    for (const std::string_view field : {"ipv4_address", "ipv6_address"}) {
      const Node* address = place.value.Find(field);
      if (address != nullptr) CheckAddress(service, place.key, network, field, *address);
    }
  }

  void CheckAddress(const std::string& service, const std::string& key, const Node* network,
                    std::string_view field, const Node& address) {
    const auto wanted = Cidr::Parse(address.text);
    if (!wanted) return;
    if (wanted->is_v6 != (field == "ipv6_address")) {
      findings_.Add(address.at, fmt::format("{} is no {}", address.text, field),
                    wanted->is_v6 ? "write it as ipv6_address" : "write it as ipv4_address");
      return;
    }
    const auto [other, is_new] = owners_.try_emplace({key, address.text}, service);
    if (!is_new) {
      findings_.Add(address.at,
                    fmt::format("service \"{}\" has {} in network \"{}\" already", other->second,
                                address.text, key),
                    "choose another");
    }
    if (network != nullptr && IsTrue(network->Find("external"))) return;
    bool fits = false;
    if (network != nullptr) {
      ForEachConfig(*network, [&](const Node& config) {
        const auto subnet = Cidr::Parse(config.StringAt("subnet"));
        fits = fits || (subnet && subnet->Contains(*wanted));
      });
    }
    if (fits) return;
    findings_.Add(address.at,
                  fmt::format("network \"{}\" has no subnet with {}", key, address.text),
                  "take the address out, or give the network a subnet in ipam");
  }

  const Node* declared_;
  Findings& findings_;
  std::vector<std::string> names_;
  CidrMap<Range> ranges_;
  std::map<std::pair<std::string, std::string>, std::string> owners_;  ///< of addresses
};

}  // namespace

void CheckNetworkRules(const Node& spec, Findings& findings) {
  Networks networks(spec, findings);
  networks.CheckDeclared();
  const Node* services = spec.Find("services");
  for (size_t i = 0; services != nullptr && i < services->members.size(); ++i)
    networks.CheckService(services->members[i].key, services->members[i].value);
}

}  // namespace mooring::manifest
