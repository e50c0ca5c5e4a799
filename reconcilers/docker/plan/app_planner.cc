// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/app_planner.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/hosts_block.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {
namespace {

constexpr char kManyAddresses[] = "docker.addressPool in mooring.yaml";

Change MakeChange(std::string object, Action action, std::string reason,
                  DockerOperation::Step step) {
  Change change;
  change.object = std::move(object);
  change.action = action;
  change.reason = std::move(reason);
  change.operation = std::make_shared<DockerOperation>(std::move(step));
  return change;
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

void PlanVolumes(AppContext& context) {
  for (const VolumeSpec& volume : context.app.volumes) {
    const auto& seen = context.seen.volumes;
    const bool there = std::any_of(seen.begin(), seen.end(),
                                   [&](const VolumeInfo& v) { return v.name == volume.name; });
    if (there) continue;
    if (volume.external) {
      context.plan.blocked =
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("volume {} is external and not on this host; make it with: "
                            "docker volume create {}",
                            volume.name, volume.name));
      continue;
    }
    Json labels = OwnerLabels(context);
    labels.update(Json(volume.labels));
    labels[label::kVolume] = volume.key;
    context.plan.changes.push_back(
        MakeChange("volume/" + volume.name, Action::kCreate, context.drift ? "missing" : "new",
                   CreateVolume{{{"Name", volume.name}, {"Driver", "local"}, {"Labels", labels}}}));
    context.plan.changes.back().drift = context.drift;
  }
}

/// False when containers cannot be planned: there is no network and none can be made.
bool PlanNetwork(AppContext& context) {
  const std::string name = context.app.NetworkName();
  if (context.seen.network) {
    if (!IsOurs(context, context.seen.network->labels) || context.seen.network->subnets.empty()) {
      context.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                   fmt::format("a network named {} is there that Mooring did not "
                                               "make; remove it with: docker network rm {}",
                                               name, name))
                                 .WithReason(reason::kNameConflict);
      return false;
    }
    context.subnet = context.seen.network->subnets.front();
    return true;
  }
  int containers = 0;
  for (const ServiceSpec& service : context.app.services) containers += service.replicas;
  const auto subnet =
      FreeSubnet(context.options.address_pool, PrefixFor(containers), context.seen.used_subnets);
  if (!subnet) {
    context.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("no subnet for {} is left in {}; give a larger one in {}",
                          Count(containers, "container"), context.options.address_pool.ToString(),
                          kManyAddresses));
    return false;
  }
  context.subnet = *subnet;
  const std::string gateway = AddressText(subnet->base + 1);
  context.plan.changes.push_back(MakeChange(
      "network/" + name, Action::kCreate, context.drift ? "missing" : "new",
      CreateNetwork{
          {{"Name", name},
           {"Driver", "bridge"},
           {"CheckDuplicate", true},
           {"Labels", OwnerLabels(context)},
           {"IPAM", {{"Config", {{{"Subnet", subnet->ToString()}, {"Gateway", gateway}}}}}}}}));
  context.plan.changes.back().drift = context.drift;
  return true;
}

/// Containers of services that the spec has no more.
void PlanGoneServices(AppContext& context) {
  for (const ObservedContainer& container : context.seen.containers) {
    const std::string service = container.summary.Label(label::kService);
    const auto& services = context.app.services;
    if (std::any_of(services.begin(), services.end(),
                    [&](const ServiceSpec& s) { return s.name == service; }))
      continue;
    context.plan.changes.push_back(
        MakeChange("container/" + container.summary.name, Action::kDelete,
                   "service " + service + " is gone from the spec",
                   RemoveContainer{.id = container.summary.id, .grace = std::chrono::seconds(10)}));
  }
}

/// Makes the hosts block say what the services found; before the containers, because it only moves
/// traffic to what is healthy now.
void PlanHosts(AppContext& context) {
  SetHosts step;
  std::vector<FieldDiff> by_hand;
  for (const auto& [name, addresses] : context.seen.hosts.names) {
    if (!context.hosts.contains(name)) step.names[name] = {};
  }
  for (const auto& [name, addresses] : context.hosts) {
    const auto now = context.seen.hosts.names.find(name);
    if (now != context.seen.hosts.names.end() && now->second == addresses) continue;
    step.names[name] = addresses;
    const auto written = context.seen.hosts.last_written.find(name);
    if (written != context.seen.hosts.last_written.end() && written->second == addresses) {
      const std::string actual =
          now == context.seen.hosts.names.end() ? "(none)" : Join(now->second, ", ");
      by_hand.push_back({"hosts." + name, actual, Join(addresses, ", ")});
    }
  }
  if (step.names.empty()) return;
  Change change = MakeChange(
      "hosts/" + context.app.NetworkName(), Action::kUpdate,
      by_hand.empty() ? "healthy replicas changed" : "hosts file changed by hand", std::move(step));
  change.drift = !by_hand.empty();
  change.diffs = std::move(by_hand);
  context.plan.changes.insert(context.plan.changes.begin(), std::move(change));
}

void PlanDelete(AppContext& context) {
  SetHosts hosts;
  for (const auto& [name, addresses] : context.seen.hosts.names) hosts.names[name] = {};
  auto& changes = context.plan.changes;
  const std::string gone = "gone from the source";
  if (!hosts.names.empty()) {
    changes.push_back(
        MakeChange("hosts/" + context.app.NetworkName(), Action::kDelete, gone, std::move(hosts)));
  }
  for (const ObservedContainer& container : context.seen.containers) {
    Duration grace = std::chrono::seconds(10);
    if (container.details && container.details->config.contains("StopTimeout")) {
      grace = std::chrono::seconds(container.details->config["StopTimeout"].get<int>());
    }
    changes.push_back(MakeChange("container/" + container.summary.name, Action::kDelete, gone,
                                 RemoveContainer{.id = container.summary.id, .grace = grace}));
    changes.back().impact = Impact::kDowntime;
  }
  if (context.seen.network && IsOurs(context, context.seen.network->labels)) {
    changes.push_back(MakeChange("network/" + context.seen.network->name, Action::kDelete, gone,
                                 RemoveNetwork{context.seen.network->id}));
  }
  std::vector<std::string> kept;
  for (const VolumeInfo& volume : context.seen.volumes) kept.push_back(volume.name);
  if (!kept.empty() && !changes.empty()) {
    context.plan.notes.push_back(
        fmt::format("data kept: volume{} {}", kept.size() == 1 ? "" : "s", Join(kept, ", ")));
  }
}

void Summarise(AppContext& context, int healthy_services) {
  ResourcePlan& plan = context.plan;
  const size_t services = context.app.services.size();
  plan.healthy =
      context.input.desired != nullptr && static_cast<size_t>(healthy_services) == services;
  plan.health_message = fmt::format("{} of {} services healthy", healthy_services, services);
  bool creates_only = true;
  bool restarts_only = true;
  for (const Change& change : plan.changes) {
    plan.impact = std::max(plan.impact, change.impact);
    creates_only = creates_only && change.action == Action::kCreate;
    restarts_only = restarts_only && change.action == Action::kRestart;
    if (!change.drift) continue;
    for (const FieldDiff& diff : change.diffs) {
      std::string pointer = "/" + diff.path;
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      plan.drift.push_back({pointer, diff.secret ? "(secret)" : diff.desired,
                            diff.secret ? "(secret)" : diff.actual, Time(), std::nullopt});
    }
  }
  if (plan.changes.empty()) return;
  plan.action = context.input.desired == nullptr                  ? Action::kDelete
                : creates_only && context.seen.containers.empty() ? Action::kCreate
                : restarts_only                                   ? Action::kRestart
                                                                  : Action::kUpdate;
}

void AddInventory(AppContext& context) {
  for (const ObservedContainer& c : context.seen.containers) {
    context.plan.inventory.push_back(
        {"container/" + c.summary.id.substr(0, 12), c.summary.name, Time()});
  }
  if (context.seen.network && IsOurs(context, context.seen.network->labels)) {
    context.plan.inventory.push_back(
        {"network/" + context.seen.network->name, context.seen.network->name, Time()});
  }
  for (const VolumeInfo& volume : context.seen.volumes) {
    if (IsOurs(context, volume.labels)) {
      context.plan.inventory.push_back({"volume/" + volume.name, volume.name, Time()});
    }
  }
}

}  // namespace

ResourcePlan AppPlanner::Plan(const PlanInput& input) const {
  const auto& seen = static_cast<const AppObservation&>(*input.observed);
  AppSpec app{.ns = input.key->ns, .name = input.key->name};
  if (input.desired != nullptr) app = ParseApp(*input.desired);
  AppContext context{.options = options_, .key = key_, .input = input, .app = app, .seen = seen};
  context.plan.key = *input.key;
  context.drift =
      input.desired != nullptr && input.last_applied_digest == input.desired->spec_digest;
  for (const ObservedContainer& c : seen.containers) {
    for (const auto& [network, endpoint] : c.summary.networks) {
      if (const auto address = ParseAddress(endpoint.fixed_address))
        context.used_addresses.insert(*address);
      if (const auto address = ParseAddress(endpoint.address))
        context.used_addresses.insert(*address);
    }
  }
  AddInventory(context);
  int healthy_services = 0;
  if (input.desired == nullptr) {
    PlanDelete(context);
  } else {
    PlanVolumes(context);
    if (PlanNetwork(context)) {
      for (const ServiceSpec& service : app.services) {
        ServicePlanner planner(context, service);
        planner.Plan();
        if (planner.healthy()) ++healthy_services;
      }
      PlanGoneServices(context);
      PlanHosts(context);
    }
  }
  Summarise(context, healthy_services);
  return std::move(context.plan);
}

}  // namespace mooring::docker
