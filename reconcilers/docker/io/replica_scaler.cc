// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/replica_scaler.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/replicas.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

std::string ShareText(const char* what, const std::optional<double>& percent,
                      const std::optional<int>& target) {
  if (!percent || !target) return "";
  return fmt::format(", {} at {:.0f} % of its limit and {} % wanted", what, *percent, *target);
}

}  // namespace

void ReplicaScaler::Look(std::stop_token stop) {
  silent_ = false;
  std::set<Id> looked;
  std::set<ResourceKey> before;
  for (const auto& [id, state] : services_) before.insert(id.first);
  for (const ResourcePtr& resource : parts_.apps()) {
    if (!resource->spec.contains("autoscale")) continue;
    const AppSpec app = ParseApp(*resource);
    if (app.stopped) continue;
    before.erase(resource->key);
    for (const AutoscaleRule& rule : app.autoscale) looked.insert({resource->key, rule.service});
    const auto observed = parts_.observer.Observe(resource->key, resource.get(), stop);
    if (!observed) continue;
    const auto& seen = static_cast<const AppObservation&>(**observed);
    for (const AutoscaleRule& rule : app.autoscale) {
      const auto service = std::ranges::find(app.services, rule.service, &ServiceSpec::name);
      if (service != app.services.end() && !IsLeftAlone(*service))
        LookAt(resource->key, *service, rule, seen, stop);
    }
  }
  for (const ResourceKey& key : before) parts_.counts.Forget(key);
  std::erase_if(services_, [&](const auto& entry) { return !looked.contains(entry.first); });
}

void ReplicaScaler::LookAt(const ResourceKey& key, const ServiceSpec& service,
                           const AutoscaleRule& rule, const AppObservation& seen,
                           std::stop_token stop) {
  const int there = HighestReplica(seen, service.name);
  const auto held = parts_.counts.Find(key, service.name);
  if (!held && there == 0) return;  // not rolled out yet
  const int current = std::clamp(held.value_or(there), rule.min_replicas, rule.max_replicas);
  Service& state = services_[{key, service.name}];
  const Load load = Measure(service, current, seen, state, stop);
  const int wanted =
      state.window.Decide(rule, current, Recommend(rule, current, load), parts_.clock.Steady());
  parts_.counts.Set(key, service.name, wanted);
  parts_.on_count(key, service.name, wanted);
  if (wanted == current) return;
  parts_.on_scaled(key, fmt::format("{}: {} to {}{}{}", service.name, current,
                                    Count(static_cast<size_t>(wanted), "container"),
                                    ShareText("cpu", load.cpu, rule.cpu_percent),
                                    ShareText("memory", load.memory, rule.memory_percent)));
}

/// Known only when each replica is one container that runs, is not unhealthy, and was measured at
/// the look before.
Load ReplicaScaler::Measure(const ServiceSpec& service, int replicas, const AppObservation& seen,
                            Service& state, std::stop_token stop) {
  const auto before = std::exchange(state.usages, {});
  int containers = 0;
  double cpu = 0;
  double memory = 0;
  bool known = true;
  for (const ObservedContainer* container : ContainersOf(seen, service.name)) {
    const ContainerSummary& summary = *container->summary;
    ++containers;
    known = known && summary.state == "running" &&
            (summary.health == Health::kNone || summary.health == Health::kHealthy);
    if (silent_) return {};
    const auto usage = parts_.usage(summary.id, stop);
    if (usage) state.usages[summary.id] = *usage;
    silent_ = !usage && usage.error().code() != ErrorCode::kNotFound;
    const auto first = before.find(summary.id);
    const auto percent =
        usage && first != before.end() ? CpuPercent(first->second, *usage) : std::nullopt;
    known = known && percent && usage->memory > 0;
    if (!known) continue;
    cpu += *percent;
    memory += static_cast<double>(usage->memory);
  }
  Load load;
  if (!known || containers != replicas || containers == 0) return load;
  if (service.nano_cpus > 0)
    load.cpu = cpu / containers * 1e9 / static_cast<double>(service.nano_cpus);
  if (service.memory > 0)
    load.memory = 100 * memory / containers / static_cast<double>(service.memory);
  return load;
}

}  // namespace mooring::docker
