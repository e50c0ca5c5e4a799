// SPDX-License-Identifier: Apache-2.0
// What ServicePlanner does about the networks of a container: those that it gets when it is made,
// and those that somebody took from it.
#include "controller/base/text.h"
#include "reconcilers/docker/plan/adoption.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {
namespace {

std::string MemberText(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, "") : "";
}

}  // namespace

/// Gives the new container its place in each network; false when there is no address for it.
bool ServicePlanner::Connect(CreateContainer& step) {
  for (const ServiceNetwork& place : service_.networks) {
    std::string address;
    if (place.own) {
      const auto free = PickAddress();
      if (!free) {
        context_.plan.blocked =
            Error(ErrorCode::kFailedPrecondition,
                  fmt::format("network {} ({}) has no free address for {}; remove the App and add "
                              "it again to get a larger one",
                              context_.app.NetworkName(), context_.subnet.ToString(), step.name));
        return false;
      }
      context_.used_addresses.insert(*free);
      address = AddressText(*free);
    }
    Json endpoint = EndpointBody(service_.name, place, address);
    if (&place == &service_.networks.front()) {
      step.body["NetworkingConfig"]["EndpointsConfig"][place.name] = std::move(endpoint);
    } else {
      step.networks.emplace_back(place.name, std::move(endpoint));
    }
  }
  return true;
}

/// What of the container's place in a network is not as we made it; "" when all is well.
std::string ServicePlanner::WhatIsWrongWith(const ServiceNetwork& place,
                                            const ObservedContainer& container) const {
  const bool own = place.own;
  const auto endpoint = container.summary->networks.find(place.name);
  if (endpoint == container.summary->networks.end()) return "(none)";
  const NetworkInfo* network = own ? nullptr : FindOther(context_, place.name);
  if (own && context_.seen.network) network = &*context_.seen.network;
  // A stopped container that was connected has no network id until it starts.
  const std::string& id = endpoint->second.network_id;
  if (network == nullptr || (!id.empty() && id != network->id)) return "a network that is gone";
  const std::string& fixed = endpoint->second.fixed_address;
  if (own && fixed.empty()) return "without its fixed address";
  const auto address = ParseAddress(fixed);
  if (own && address && !context_.subnet.Contains(*address))
    return fmt::format("with the address {} of another network", fixed);
  if (!own && !place.ipv4_address.empty() && fixed != place.ipv4_address)
    return fmt::format("with the address {}", fixed.empty() ? "of the engine's choice" : fixed);
  if (!container.details) return "";
  const auto asked = container.details->asked_addresses.find(place.name);
  const Json addresses = asked == container.details->asked_addresses.end() ? Json() : asked->second;
  if (MemberText(addresses, "IPv6Address") != place.ipv6_address && !place.ipv6_address.empty())
    return "without the address " + place.ipv6_address;
  const auto aliases = container.details->aliases.find(place.name);
  std::vector<std::string> wanted = place.aliases;
  wanted.insert(wanted.begin(), service_.name);
  for (const std::string& alias : wanted) {
    const bool has = aliases != container.details->aliases.end() &&
                     std::ranges::find(aliases->second, alias) != aliases->second.end();
    if (!has) return "without the alias " + alias;
  }
  return "";
}

void ServicePlanner::HealNetworks(const Candidate& candidate) {
  for (const ServiceNetwork& place : service_.networks) HealNetwork(candidate, place);
}

void ServicePlanner::HealNetwork(const Candidate& candidate, const ServiceNetwork& place) {
  const ContainerSummary& summary = candidate.summary();
  const bool newcomer = IsNewcomer(context_, *candidate.container);
  const std::string wrong = WhatIsWrongWith(place, *candidate.container);
  const bool marks = place.own && IsAdopted(summary);
  if (wrong.empty() && !(newcomer && marks)) return;
  std::string text;
  bool was_elsewhere = false;
  if (place.own) {
    const auto endpoint = summary.networks.find(place.name);
    auto address = endpoint == summary.networks.end()
                       ? std::nullopt
                       : ParseAddress(endpoint->second.fixed_address);
    was_elsewhere = address && !context_.subnet.Contains(*address);
    if (!address || was_elsewhere) address = PickAddress();
    if (!address) return;
    context_.used_addresses.insert(*address);
    text = AddressText(*address);
  }
  ConnectNetwork step{.container = summary.id,
                      .network = place.name,
                      .endpoint = EndpointBody(service_.name, place, text)};
  if (marks) step.endpoint["DriverOpts"][kAdoptedBy] = MarkOf(context_);
  const std::string object = "container/" + summary.name;
  if (newcomer) {
    Add(object, Action::kAdopt, "of Compose project " + summary.Label(kProjectLabel),
        std::move(step));
    return;
  }
  // One that was cut off before it had all its networks was never as it shall be, nor was one that
  // needs none but since this spec. One that has never run may be made for a network of which there
  // were two: a daemon that is killed can leave one behind that the engine makes a moment later.
  const bool new_here = summary.state == "created";
  const bool by_hand = place.implied ? context_.drift : !new_here || (place.own && !was_elsewhere);
  const char* why = by_hand         ? "network changed by hand"
                    : was_elsewhere ? "made for a network that is gone"
                                    : "not in all its networks yet";
  Change& change = Add(object, Action::kUpdate, why, std::move(step));
  change.drift = by_hand;
  std::vector<std::string> names = place.aliases;
  names.insert(names.begin(), service_.name);
  change.diffs.push_back({fmt::format("services.{}.networks.{}", service_.name, place.key), wrong,
                          "connected as " + Join(names, ", ")});
}

}  // namespace mooring::docker
