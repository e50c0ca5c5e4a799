// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/app_planner.h"

#include "controller/base/text.h"
#include "controller/reconcile/ignored_drift.h"
#include "controller/reconcile/outputs.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/adoption.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/deletion.h"
#include "reconcilers/docker/plan/engine_needs.h"
#include "reconcilers/docker/plan/file_mounts.h"
#include "reconcilers/docker/plan/file_planner.h"
#include "reconcilers/docker/plan/hosts_block.h"
#include "reconcilers/docker/plan/image_planner.h"
#include "reconcilers/docker/plan/job_planner.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/replicas.h"
#include "reconcilers/docker/plan/restarts.h"
#include "reconcilers/docker/plan/seed_planner.h"
#include "reconcilers/docker/plan/service_planner.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/stop_order.h"
#include "reconcilers/docker/plan/stopped_app.h"
#include "reconcilers/docker/plan/volume_planner.h"

namespace mooring::docker {
namespace {

/// True when a wanted service cannot run beside the container: it needs its host port or address,
/// or is not to be started beside anything.
bool IsInTheWay(const AppContext& context, const ObservedContainer& container) {
  if (!context.app.start_first) return true;
  if (!container.details) return false;
  const Json bindings = container.details->host_config.value("PortBindings", Json::object());
  const auto publishes = [&](const Port& port) {
    for (const auto& [target, list] : bindings.items()) {
      if (!target.ends_with("/" + port.protocol)) continue;
      for (const Json& binding : list) {
        if (binding.value("HostPort", "") == port.published) return true;
      }
    }
    return false;
  };
  const auto has = [&](const ServiceNetwork& place) {
    const auto asked = container.details->asked_addresses.find(place.name);
    return !place.ipv4_address.empty() && asked != container.details->asked_addresses.end() &&
           asked->second.value("IPv4Address", "") == place.ipv4_address;
  };
  return std::ranges::any_of(context.app.services, [&](const ServiceSpec& service) {
    return std::ranges::any_of(service.networks, has) ||
           std::ranges::any_of(service.ports,
                               [&](const Port& p) { return p.IsFixed() && publishes(p); });
  });
}

/// Containers of services that the spec has no more. They serve on until all that the spec wants is
/// healthy: a service may be one of them under a new name. `waits_for`: what is not; empty: all is.
/// `held_by`: what nothing may be rolled out before; else empty.
void PlanGoneServices(AppContext& context, std::string waits_for, const std::string& held_by) {
  if (!held_by.empty()) waits_for = held_by;
  for (const ObservedContainer& container : context.seen.containers) {
    if (IsJobContainer(*container.summary)) continue;
    const std::string service = container.summary->Label(label::kService);
    const auto& services = context.app.services;
    const auto known = std::ranges::find(services, service, &ServiceSpec::name);
    if (known != services.end() && !known->job) continue;
    if (IsNewcomer(context, container)) continue;
    Change change = MakeChange(
        "container/" + container.summary->name, Action::kDelete,
        "service " + service + (known == services.end() ? " is gone from the spec" : " is a job"),
        RemoveContainer{.id = container.summary->id, .grace = GraceOf(container)});
    change.impact = Impact::kDowntime;
    if (!waits_for.empty() && (!held_by.empty() || !IsInTheWay(context, container))) {
      change.after = waits_for;
      const std::string name = RoutingName(context.app.ns, context.app.name, service);
      const auto line = context.seen.hosts.names.find(name);
      if (line != context.seen.hosts.names.end()) context.hosts[name] = line->second;
    }
    context.plan.changes.push_back(std::move(change));
  }
}

/// Makes the hosts block say what the services found.
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
      const std::string service = name.substr(0, name.find('.'));
      by_hand.push_back({"services." + service + ".hosts", actual, Join(addresses, ", ")});
    }
  }
  if (step.names.empty()) return;
  Change change = MakeChange(
      "hosts/" + context.app.NetworkName(), Action::kUpdate,
      by_hand.empty() ? "healthy replicas changed" : "hosts file changed by hand", std::move(step));
  change.drift = !by_hand.empty();
  change.diffs = std::move(by_hand);
  context.plan.changes.push_back(std::move(change));
}

/// Files that services read and that are not there, after a reboot or because somebody removed
/// them; and those that nothing needs any more.
void PlanSecretFiles(AppContext& context) {
  const SecretFilesView& seen = context.seen.secret_files;
  WriteSecretFiles missing;
  std::set<std::string> needed;
  for (const ServiceSpec& service : context.app.services) {
    for (const SecretFile& file : service.secret_files) {
      const bool there = seen.written.contains(file.path) && seen.sealed.contains(file.path);
      if (!needed.insert(file.path).second || there) continue;
      missing.files.push_back({file.path, file.uid, file.gid, file.mode, file.value});
    }
  }
  const std::string object = "secret-files/" + context.app.NetworkName();
  if (!missing.files.empty()) {
    const std::string why = Count(missing.files.size(), "file") + " not in memory yet";
    context.plan.changes.push_back(MakeChange(object, Action::kCreate, why, std::move(missing)));
  }
  // A container that is still there may start again.
  for (const ObservedContainer& container : context.seen.containers) {
    if (!container.details) return;
    for (const Json& m : container.details->host_config.value("Mounts", Json::array()))
      needed.insert(m.value("Source", ""));
  }
  RemoveSecretFiles unused;
  std::set<std::string> all = seen.written;
  all.insert(seen.sealed.begin(), seen.sealed.end());
  std::ranges::set_difference(all, needed, std::back_inserter(unused.paths));
  if (unused.paths.empty()) return;
  const std::string why = Count(unused.paths.size(), "file") + " that no container uses";
  context.plan.changes.push_back(MakeChange(object, Action::kDelete, why, std::move(unused)));
}

/// The order in which steps can hurt least: traffic to what is healthy first, then what is repaired
/// in place, then what may fail (a pull), then what makes room, then what needs it.
int Rank(const Change& change) {
  const auto& step = static_cast<const DockerOperation&>(*change.operation).step;
  return std::visit(
      []([[maybe_unused]] const auto& s) {
        using Step = std::decay_t<decltype(s)>;
        if (std::is_same_v<Step, SetHosts>) return 0;
        if (std::is_same_v<Step, CreateNetwork> || std::is_same_v<Step, CreateVolume> ||
            std::is_same_v<Step, WriteSecretFiles> || std::is_same_v<Step, WriteFiles>)
          return 1;
        if (std::is_same_v<Step, PullImage>) return 3;
        if (std::is_same_v<Step, FillVolume>) return 4;
        if (std::is_same_v<Step, RemoveContainer>) return 5;
        if (std::is_same_v<Step, CreateContainer> || std::is_same_v<Step, ReplaceContainer>)
          return 6;
        if constexpr (std::is_same_v<Step, RemoveNetwork>) return s.duplicate ? 1 : 7;
        if (std::is_same_v<Step, RemoveSecretFiles> || std::is_same_v<Step, RemoveFiles> ||
            std::is_same_v<Step, RemoveVolume>)
          return 7;
        if (std::is_same_v<Step, RemoveImage>) return 8;
        return 2;
      },
      step);
}

/// Addresses that a container has must not be given again, nor those that a resolver may know for
/// another name.
void CollectAddresses(AppContext& context) {
  const auto add = [](std::set<uint32_t>& set, const std::string& text) {
    if (const auto address = ParseAddress(text)) set.insert(*address);
  };
  for (const ObservedContainer& c : context.seen.containers) {
    for (const auto& [network, endpoint] : c.summary->networks) {
      add(context.used_addresses, endpoint.fixed_address);
      add(context.used_addresses, endpoint.address);
    }
  }
  for (const auto& [name, addresses] : context.seen.hosts.names) {
    for (const std::string& address : addresses) add(context.reserved_addresses, address);
  }
  for (const auto& [address, left] : context.seen.hosts.left) {
    if (context.seen.now - left < context.options.resolver_horizon)
      add(context.reserved_addresses, address);
  }
}

void PlanDelete(AppContext& context) {
  if (IsOrphaned(context)) return;
  SetHosts hosts;
  for (const auto& [name, addresses] : context.seen.hosts.names) hosts.names[name] = {};
  auto& changes = context.plan.changes;
  const std::string gone = "gone from the source";
  if (!hosts.names.empty()) {
    changes.push_back(
        MakeChange("hosts/" + context.app.NetworkName(), Action::kDelete, gone, std::move(hosts)));
  }
  for (const ObservedContainer* container : InStopOrder(context)) {
    changes.push_back(
        MakeChange("container/" + container->summary->name, Action::kDelete, gone,
                   RemoveContainer{.id = container->summary->id, .grace = GraceOf(*container)}));
    changes.back().impact = Impact::kDowntime;
  }
  // What they filled half is still marked, and filled again should the App come back.
  for (const ObservedContainer& container : context.seen.seeders) {
    changes.push_back(MakeChange("container/" + container.summary->name, Action::kDelete, gone,
                                 RemoveContainer{.id = container.summary->id}));
  }
  if (context.seen.network) {
    changes.push_back(MakeChange("network/" + context.seen.network->name, Action::kDelete, gone,
                                 RemoveNetwork{context.seen.network->id}));
  }
  PlanGoneNetworks(context, gone);
  for (const NetworkInfo& duplicate : context.seen.duplicates) {
    changes.push_back(MakeChange("network/" + duplicate.name, Action::kDelete, gone,
                                 RemoveNetwork{duplicate.id}));
  }
  if (!context.seen.secret_files.empty()) {
    RemoveSecretFiles files;
    const SecretFilesView& seen = context.seen.secret_files;
    std::ranges::set_union(seen.written, seen.sealed, std::back_inserter(files.paths));
    changes.push_back(MakeChange("secret-files/" + context.app.NetworkName(), Action::kDelete, gone,
                                 std::move(files)));
  }
  PlanFileRemoval(context);
  PlanVolumeRemoval(context);
}

void Summarise(AppContext& context, size_t healthy_services) {
  ResourcePlan& plan = context.plan;
  const auto services =
      static_cast<size_t>(std::ranges::count(context.app.services, false, &ServiceSpec::job));
  plan.healthy = context.input.desired != nullptr && healthy_services == services;
  plan.health_message = fmt::format("{} of {} services healthy", healthy_services, services);
  bool creates_only = true;
  bool restarts_only = true;
  bool adopts = false;
  for (const Change& change : plan.changes) {
    plan.impact = std::max(plan.impact, change.impact);
    creates_only = creates_only && change.action == Action::kCreate;
    restarts_only = restarts_only && change.action == Action::kRestart;
    adopts = adopts || change.action == Action::kAdopt;
    if (!change.drift) continue;
    for (const FieldDiff& diff : change.diffs) {
      plan.drift.push_back({PointerOf(context.input.desired->spec, diff.path),
                            diff.secret ? "(secret)" : diff.desired,
                            diff.secret ? "(secret)" : diff.actual, Time(), std::nullopt});
    }
  }
  if (plan.changes.empty()) return;
  plan.action = context.input.desired == nullptr                  ? Action::kDelete
                : creates_only && context.seen.containers.empty() ? Action::kCreate
                : restarts_only                                   ? Action::kRestart
                : adopts && plan.impact == Impact::kNone          ? Action::kAdopt
                                                                  : Action::kUpdate;
}

void AddInventory(AppContext& context) {
  for (const ObservedContainer& c : context.seen.containers) {
    if (IsNewcomer(context, c)) continue;
    context.plan.inventory.push_back(
        {"container/" + c.summary->id.substr(0, 12), c.summary->name, Time()});
  }
  for (const NetworkInfo& network : context.seen.other_networks) {
    if (IsOurs(context, network.labels))
      context.plan.inventory.push_back({"network/" + network.name, network.name, Time()});
  }
  if (context.seen.network) {
    context.plan.inventory.push_back(
        {"network/" + context.seen.network->name, context.seen.network->name, Time()});
  }
  for (const VolumeInfo& volume : context.seen.volumes) {
    if (IsMark(volume)) continue;
    if (IsOurs(context, volume.labels) || IsOfAdoptedProject(context, volume)) {
      context.plan.inventory.push_back({"volume/" + volume.name, volume.name, Time()});
    }
  }
}

/// Services and jobs; the names of the services that are healthy.
std::set<std::string> PlanServices(AppContext& context, AppSpec& app) {
  JobPlanner jobs(context);
  jobs.CheckRollout();
  std::set<std::string> healthy;
  std::string unhealthy;
  const auto share = [&](ServiceSpec& service) {
    for (const auto& [name, dependency] : service.depends_on)
      service.shared[name] = context.states[name].container;
  };
  for (ServiceSpec& service : app.services) {
    if (service.job) continue;
    share(service);
    const size_t first = context.plan.changes.size();
    ServicePlanner planner(context, service);
    planner.Plan();
    if (!IsLeftAlone(service)) FollowTag(context, service);
    jobs.Hold(service, first);
    context.states[service.name] = planner.state();
    if (planner.healthy()) {
      healthy.insert(service.name);
    } else if (unhealthy.empty()) {
      unhealthy = context.app.ContainerName(service.name, 1);
    }
  }
  for (ServiceSpec& service : app.services) {
    if (service.job) share(service);
  }
  PlanGoneServices(context, unhealthy, jobs.HeldBy(""));
  jobs.Plan(healthy);
  return healthy;
}

}  // namespace

ResourcePlan AppPlanner::Plan(const PlanInput& input) const {
  const auto& seen = static_cast<const AppObservation&>(*input.observed);
  AppSpec app{.ns = input.key->ns, .name = input.key->name};
  if (input.desired != nullptr) app = ParseApp(*input.desired);
  HoldReplicas(seen, app);
  app.secret_folder = options_.secret_folder;
  app.file_folder = options_.file_folder;
  PlaceFiles(app);
  for (const auto& [path, object] : seen.files.objects) {
    if (!object.laid_digest.empty()) app.laid_files[path] = object.laid_digest;
  }
  const SecretValues none;
  const Status resolved =
      ResolveSecrets(input.secrets == nullptr ? none : *input.secrets, key_, app);
  // The same spec as before, or nothing is known of before: then nothing is recreated for it.
  const bool may_stand =
      input.desired != nullptr && (input.last_applied_digest.empty() ||
                                   input.last_applied_digest == input.desired->spec_digest);
  if (may_stand) app.adopted_files = seen.secret_files.written;
  AppContext context{.options = options_, .key = key_, .input = input, .app = app, .seen = seen};
  context.plan.key = *input.key;
  context.drift =
      input.desired != nullptr && input.last_applied_digest == input.desired->spec_digest;
  CollectAddresses(context);
  AddInventory(context);
  KeepJobDetails(context);
  RecallRestarts(context);
  RecallStopped(context);
  RememberStopOrder(context);
  std::set<std::string> healthy_services;
  bool looked = false;
  if (input.desired == nullptr) {
    PlanDelete(context);
  } else if (app.stopped) {
    PlanStopped(context);
    PlanGoneServices(context, "", "");
    PlanHosts(context);
  } else {
    PlanVolumes(context);
    const Status can = seen.engine_api.empty() ? Status() : CheckEngineHas(app, seen.engine_api);
    if (!can) {
      context.plan.blocked = can.error();
    } else if (!resolved) {
      context.plan.blocked = resolved.error();
    } else if (PlanOwnNetwork(context) && PlanOtherNetworks(context)) {
      PlanSecretFiles(context);
      healthy_services = PlanServices(context, app);
      looked = true;
      PlanAdoption(context);
      PlanGoneNetworks(context, "gone from the spec");
      PlanSeeds(context);
      PlanFiles(context);
      PlanHosts(context);
    }
  }
  if (input.desired != nullptr) {
    RememberRestarts(context, looked);
    RememberDeletion(context);
  }
  if (!context.plan.wait || context.plan.wait->reason != reason::kOrphaned)
    PlanImages(context, input.desired == nullptr);
  std::stable_sort(context.plan.changes.begin(), context.plan.changes.end(),
                   [](const Change& a, const Change& b) { return Rank(a) < Rank(b); });
  Summarise(context, healthy_services.size());
  if (app.stopped) DescribeStopped(context);
  context.app.ignored.Tell(context.ignored, context.plan);
  return std::move(context.plan);
}

}  // namespace mooring::docker
