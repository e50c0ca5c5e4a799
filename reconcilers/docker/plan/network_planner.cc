// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/network_planner.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/stop_order.h"

namespace mooring::docker {
namespace {

Change& Add(AppContext& context, std::string object, Action action, std::string reason,
            DockerOperation::Step step) {
  context.plan.changes.push_back(
      MakeChange(std::move(object), action, std::move(reason), std::move(step)));
  return context.plan.changes.back();
}

bool IsUsed(const AppContext& context, const std::string& key) {
  return std::ranges::any_of(context.app.services,
                             [&](const ServiceSpec& service) { return service.IsIn(key); });
}

int ContainersIn(const AppContext& context, const std::string& key) {
  int count = 0;
  for (const ServiceSpec& service : context.app.services)
    count += service.IsIn(key) ? service.replicas : 0;
  return count;
}

/// `own`: those that the spec gives.
std::vector<Subnet> SubnetsOf(const NetworkSpec& network) {
  std::vector<Subnet> subnets;
  const Json ipam = network.options.value("IPAM", Json::object());
  for (const Json& config : ipam.value("Config", Json::array())) {
    if (const auto subnet = Subnet::Parse(config.value("Subnet", ""))) subnets.push_back(*subnet);
  }
  return subnets;
}

bool CheckSubnets(AppContext& context, const NetworkSpec& network) {
  for (const Subnet& subnet : SubnetsOf(network)) {
    const auto& used = context.seen.used_subnets;
    const auto taken =
        std::ranges::find_if(used, [&](const Subnet& other) { return other.Overlaps(subnet); });
    if (taken == used.end()) continue;
    context.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("networks.{}: the subnet {} overlaps {}, which another network or route "
                          "of this host has; choose another, or leave ipam out",
                          network.key, subnet.ToString(), taken->ToString()))
            .WithReason(reason::kNameConflict);
    return false;
  }
  return true;
}

/// False when there is no subnet for it.
bool Create(AppContext& context, const NetworkSpec& network, std::vector<Subnet>& used) {
  Json labels = OwnerLabels(context);
  labels.update(Json(network.labels));
  Json body = {{"Name", network.name}, {"Driver", "bridge"}, {"CheckDuplicate", true}};
  body.update(network.options);
  body["Labels"] = labels;
  Subnet subnet{};
  if (network.HasSubnet()) {
    if (!CheckSubnets(context, network)) return false;
    const std::vector<Subnet> own = SubnetsOf(network);
    if (!own.empty()) subnet = own.front();
  } else if (network.IsBridge()) {
    const int containers = ContainersIn(context, network.key);
    const auto free = FreeSubnet(context.options.address_pool, PrefixFor(containers), used);
    if (!free) {
      context.plan.blocked =
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("no subnet for network {} is left in {}; give a larger one in "
                            "docker.addressPool in mooring.yaml, or a subnet in ipam",
                            network.name, context.options.address_pool.ToString()));
      return false;
    }
    subnet = *free;
    body["IPAM"]["Config"] = Json::array({{{"Subnet", subnet.ToString()}}});
  }
  used.push_back(subnet);
  Change& change = Add(context, "network/" + network.name, Action::kCreate,
                       context.drift ? "missing" : "new", CreateNetwork{body, subnet});
  change.drift = context.drift;
  if (context.drift) change.diffs.push_back({"networks." + network.key, "missing", "there"});
  return true;
}

bool PlanOne(AppContext& context, const NetworkSpec& network, std::vector<Subnet>& used) {
  const NetworkInfo* seen = FindOther(context.seen, network.name);
  if (network.external) {
    if (seen != nullptr) return true;
    context.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                 fmt::format("network {} is external and not on this host; make "
                                             "it with: docker network create {}",
                                             network.name, network.name));
    return false;
  }
  if (seen == nullptr) return Create(context, network, used);
  if (!IsOurs(context, seen->labels)) {
    const std::string id = seen->id.substr(0, 12);
    context.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("a network named {} is there {} ({}); remove it with: docker network rm "
                          "{}, or write external: true",
                          network.name, OwnerText(context, seen->labels), id, id))
            .WithReason(reason::kNameConflict);
    return false;
  }
  const std::string differs = WhatDiffers(network, seen->options);
  if (differs.empty()) return true;
  PlanNetworkAnew(context, *seen, "networks." + network.key + "." + differs);
  return false;
}

}  // namespace

const NetworkInfo* FindOther(const AppObservation& seen, const std::string& name) {
  const auto found = std::ranges::find(seen.other_networks, name, &NetworkInfo::name);
  return found == seen.other_networks.end() ? nullptr : &*found;
}

bool PlanOtherNetworks(AppContext& context) {
  std::vector<Subnet> used = context.seen.used_subnets;
  used.push_back(context.subnet);
  bool ready = true;
  for (const NetworkSpec& network : context.app.networks) {
    if (network.key == kOwnNetwork || !IsUsed(context, network.key)) continue;
    ready = PlanOne(context, network, used) && ready;
  }
  return ready;
}

void PlanNetworkAnew(AppContext& context, const NetworkInfo& network, const std::string& field) {
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

void PlanGoneNetworks(AppContext& context) {
  for (const NetworkInfo& network : context.seen.other_networks) {
    if (!IsOurs(context, network.labels)) continue;
    const bool wanted = std::ranges::any_of(context.app.networks, [&](const NetworkSpec& spec) {
      return spec.name == network.name && IsUsed(context, spec.key);
    });
    const bool used = std::ranges::any_of(context.seen.containers, [&](const auto& container) {
      return container.summary->networks.contains(network.name);
    });
    if (wanted || used) continue;
    Add(context, "network/" + network.name, Action::kDelete, "gone from the spec",
        RemoveNetwork{network.id});
  }
}

std::string OwnerText(const AppContext& context, const std::map<std::string, std::string>& labels) {
  const auto label = [&](const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
  };
  const std::string instance = label(label::kInstance);
  if (instance.empty()) return "that Mooring did not make";
  if (instance != context.options.instance)
    return fmt::format("of the Mooring instance {}", instance);
  return fmt::format("of {}/{}/{}", label(label::kKind), label(label::kNamespace),
                     label(label::kName));
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
