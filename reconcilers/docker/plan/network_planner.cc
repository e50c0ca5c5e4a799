// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/network_planner.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/stop_order.h"

namespace mooring::docker {
namespace {

constexpr char kManyAddresses[] = "docker.addressPool in mooring.yaml";

Change& Add(AppContext& context, std::string object, Action action, std::string reason,
            DockerOperation::Step step) {
  context.plan.changes.push_back(
      MakeChange(std::move(object), action, std::move(reason), std::move(step)));
  return context.plan.changes.back();
}

void Block(AppContext& context, std::string message, std::string_view why = "") {
  context.plan.blocked = Error(ErrorCode::kFailedPrecondition, std::move(message));
  if (!why.empty()) context.plan.blocked = context.plan.blocked->WithReason(std::string(why));
}

std::string ShortId(const NetworkInfo& network) { return network.id.substr(0, 12); }

/// Not of what every App has: such networks have no digest, and never had one.
std::string DigestOf(const AppContext& context, const NetworkSpec& network) {
  if (network.IsUsual()) return "";
  return context.key.Digest(
      CanonicalNetwork(network).dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string KeyId(const std::string& digest) { return digest.substr(0, digest.find(':')); }

/// The field of which the network has not what it shall have: "networks.back.internal"; empty: it
/// is as it shall be. A network cannot be changed, so that one with the right digest is right;
/// where the digest says nothing, because it is of another key or there is none, the fields decide.
std::string WhatDiffers(const AppContext& context, const NetworkSpec& network,
                        const NetworkInfo& seen) {
  const auto label = seen.labels.find(label::kSpecDigest);
  const std::string is = label == seen.labels.end() ? "" : label->second;
  const std::string want = DigestOf(context, network);
  if (is == want) return "";
  const Json actual = Json::parse(seen.options, nullptr, false);
  const std::string field = WhatDiffers(network, actual.is_object() ? actual : Json::object());
  const std::string path = "networks." + network.key;
  if (!field.empty()) return path + "." + field;
  return !is.empty() && (want.empty() || KeyId(is) == KeyId(want)) ? path : "";
}

/// POST /networks/create without addresses.
Json CreateBodyOf(const AppContext& context, const NetworkSpec& network) {
  Json labels = OwnerLabels(context);
  labels.update(Json(network.labels));
  if (!network.IsUsual()) labels[label::kSpecDigest] = DigestOf(context, network);
  Json body = {{"Name", network.name}, {"Driver", "bridge"}, {"CheckDuplicate", true}};
  body.update(network.options);
  body["Labels"] = std::move(labels);
  return body;
}

void AddCreate(AppContext& context, const NetworkSpec& network, Json body, const Subnet& subnet) {
  Change& change = Add(context, "network/" + network.name, Action::kCreate,
                       context.drift ? "missing" : "new", CreateNetwork{std::move(body), subnet});
  change.drift = context.drift;
  if (context.drift && !network.own)
    change.diffs.push_back({"networks." + network.key, "missing", "there"});
}

bool IsUsed(const AppContext& context, const std::string& key) {
  return std::ranges::any_of(context.app.services,
                             [&](const ServiceSpec& service) { return service.IsIn(key); });
}

int ContainersIn(const AppContext& context, const std::string& key) {
  int count = 0;
  for (const ServiceSpec& service : context.app.services)
    count += service.IsIn(key) ? service.MostReplicas() : 0;
  return count;
}

/// False: another network has one of the subnets that the spec gives.
bool CheckSubnets(AppContext& context, const NetworkSpec& network, const std::vector<Subnet>& own) {
  for (const Subnet& subnet : own) {
    const auto overlaps = [&](const Subnet& other) { return other.Overlaps(subnet); };
    for (const NetworkInfo& neighbour : context.seen.neighbours) {
      const auto taken = std::ranges::find_if(neighbour.subnets, overlaps);
      if (taken == neighbour.subnets.end()) continue;
      Block(context,
            fmt::format("networks.{}: the subnet {} overlaps {} of network {} {}; choose another, "
                        "or leave ipam out",
                        network.key, subnet.ToString(), taken->ToString(), neighbour.name,
                        OwnerText(context, neighbour.labels)),
            reason::kNameConflict);
      return false;
    }
    const auto& used = context.seen.used_subnets;
    const auto taken = std::ranges::find_if(used, overlaps);
    if (taken == used.end()) continue;
    Block(context,
          fmt::format("networks.{}: the subnet {} overlaps {}, which a route of this host has or "
                      "another App is about to get; choose another, or leave ipam out",
                      network.key, subnet.ToString(), taken->ToString()),
          reason::kNameConflict);
    return false;
  }
  return true;
}

/// False when there is no subnet for it.
bool Create(AppContext& context, const NetworkSpec& network, std::vector<Subnet>& used) {
  Json body = CreateBodyOf(context, network);
  const std::vector<Subnet> own = network.Subnets();
  if (!CheckSubnets(context, network, own)) return false;
  Subnet subnet{};
  if (!own.empty()) {
    subnet = own.front();
  } else if (network.IsBridge()) {
    const int bits = PrefixFor(ContainersIn(context, network.key));
    const auto free = FreeSubnet(context.options.address_pool, bits, used);
    if (!free) {
      Block(context,
            fmt::format("no subnet for network {} is left in {}; give a larger one in {}, "
                        "or a subnet in ipam",
                        network.name, context.options.address_pool.ToString(), kManyAddresses));
      return false;
    }
    subnet = *free;
    body["IPAM"]["Config"].push_back({{"Subnet", subnet.ToString()}});
  }
  used.push_back(subnet);
  AddCreate(context, network, std::move(body), subnet);
  return true;
}

/// Removes a network that must be made anew, and the App's containers that are in it first.
void MakeAnew(AppContext& context, const NetworkInfo& network, const std::string& field) {
  for (const ObservedContainer* container : InStopOrder(context)) {
    const ContainerSummary& summary = *container->summary;
    if (!summary.networks.contains(network.name)) continue;
    Change& change =
        Add(context, "container/" + summary.name, Action::kReplace, "its network is made anew",
            RemoveContainer{.id = summary.id, .grace = GraceOf(*container)});
    change.impact = Impact::kDowntime;
  }
  Change& change = Add(context, "network/" + network.name, Action::kReplace,
                       field + (context.drift ? " was changed by hand" : " has changed"),
                       RemoveNetwork{network.id});
  change.drift = context.drift;
  if (context.drift) change.diffs.push_back({field, "changed", "as the spec says"});
}

/// False: something else has the name.
bool CheckName(AppContext& context, const NetworkInfo& other, std::string_view otherwise) {
  Block(context,
        fmt::format("a network named {} is there {} ({}); remove it with: docker network rm {}{}",
                    other.name, OwnerText(context, other.labels), ShortId(other), ShortId(other),
                    otherwise),
        reason::kNameConflict);
  return false;
}

bool PlanOne(AppContext& context, const NetworkSpec& network, std::vector<Subnet>& used) {
  const NetworkInfo* seen = FindOther(context, network.name);
  if (network.external) {
    if (seen != nullptr) return true;
    Block(context, fmt::format("network {} is external and not on this host; make it with: docker "
                               "network create {}",
                               network.name, network.name));
    return false;
  }
  if (seen == nullptr) return Create(context, network, used);
  for (const NetworkInfo& other : context.seen.other_networks) {
    if (other.name != network.name || &other == seen || !IsOurs(context, other.labels)) continue;
    Add(context, "network/" + other.name, Action::kDelete,
        "made twice; " + ShortId(other) + " is not used", RemoveNetwork{other.id, true});
  }
  if (!IsOurs(context, seen->labels)) return CheckName(context, *seen, ", or write external: true");
  const std::string differs = WhatDiffers(context, network, *seen);
  if (differs.empty()) return true;
  MakeAnew(context, *seen, differs);
  return false;
}

}  // namespace

bool PlanOwnNetwork(AppContext& context) {
  const std::string name = context.app.NetworkName();
  for (const NetworkInfo& duplicate : context.seen.duplicates) {
    Add(context, "network/" + name, Action::kDelete,
        "made twice; " + ShortId(duplicate) + " is not used", RemoveNetwork{duplicate.id, true});
  }
  if (!context.seen.namesakes.empty())
    return CheckName(context, context.seen.namesakes.front(), "");
  const auto own = std::ranges::find_if(context.app.networks, &NetworkSpec::own);
  if (context.seen.network) {
    const NetworkInfo& seen = *context.seen.network;
    if (seen.subnets.empty()) {
      Block(context, fmt::format("network {} has no IPv4 subnet; remove it and Mooring makes it "
                                 "again: docker network rm {}",
                                 name, name));
      return false;
    }
    context.subnet = seen.subnets.front();
    const std::string differs = WhatDiffers(context, *own, seen);
    if (!differs.empty()) MakeAnew(context, seen, differs);
    return differs.empty();
  }
  int containers = 0;
  for (const ServiceSpec& service : context.app.services) {
    if (!service.job) containers += service.MostReplicas();
  }
  const auto subnet =
      FreeSubnet(context.options.address_pool, PrefixFor(containers), context.seen.used_subnets);
  if (!subnet) {
    Block(context, fmt::format("no subnet for {} is left in {}; give a larger one in {}",
                               Count(containers, "container"),
                               context.options.address_pool.ToString(), kManyAddresses));
    return false;
  }
  context.subnet = *subnet;
  Json body = CreateBodyOf(context, *own);
  body["IPAM"]["Config"] = Json::array({{{"Subnet", subnet->ToString()},
                                         {"Gateway", AddressText(subnet->base + 1)},
                                         {"IPRange", subnet->EngineHalf().ToString()}}});
  AddCreate(context, *own, std::move(body), *subnet);
  return true;
}

const NetworkInfo* FindOther(const AppContext& context, const std::string& name) {
  const NetworkInfo* first = nullptr;
  for (const NetworkInfo& network : context.seen.other_networks) {
    if (network.name != name) continue;
    if (IsOurs(context, network.labels)) return &network;
    if (first == nullptr) first = &network;
  }
  return first;
}

bool PlanOtherNetworks(AppContext& context) {
  std::vector<Subnet> used = context.seen.used_subnets;
  used.push_back(context.subnet);
  bool ready = true;
  for (const NetworkSpec& network : context.app.networks) {
    if (network.own || !IsUsed(context, network.key)) continue;
    ready = PlanOne(context, network, used) && ready;
  }
  return ready;
}

void PlanGoneNetworks(AppContext& context, const std::string& why) {
  const bool all = context.input.desired == nullptr;
  for (const NetworkInfo& network : context.seen.other_networks) {
    if (!IsOurs(context, network.labels)) continue;
    const bool wanted = std::ranges::any_of(context.app.networks, [&](const NetworkSpec& spec) {
      return spec.name == network.name && IsUsed(context, spec.key);
    });
    const bool used = std::ranges::any_of(context.seen.containers, [&](const auto& container) {
      return container.summary->networks.contains(network.name);
    });
    if (!all && (wanted || used)) continue;
    Add(context, "network/" + network.name, Action::kDelete, why, RemoveNetwork{network.id});
  }
}

std::string OwnerText(const AppContext& context, const std::map<std::string, std::string>& labels) {
  const auto label = [&](const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
  };
  const std::string instance = label(label::kInstance);
  if (instance.empty()) return "that Mooring did not make";
  const std::string key =
      fmt::format("{}/{}/{}", label(label::kKind), label(label::kNamespace), label(label::kName));
  if (instance == context.options.instance) return "of " + key;
  return fmt::format("of {} of the Mooring instance {}", key, instance);
}

Json OwnerLabels(const AppContext& context) {
  const ResourceKey& key = *context.input.key;
  return {{label::kInstance, context.options.instance},
          {label::kKind, key.kind},
          {label::kNamespace, key.ns},
          {label::kName, key.name}};
}

bool IsOurs(const AppContext& context, const std::map<std::string, std::string>& labels) {
  const auto is = [&](const char* name, const std::string& value) {
    const auto found = labels.find(name);
    return found != labels.end() && found->second == value;
  };
  const ResourceKey& key = *context.input.key;
  return is(label::kInstance, context.options.instance) && is(label::kNamespace, key.ns) &&
         is(label::kName, key.name);
}

}  // namespace mooring::docker
