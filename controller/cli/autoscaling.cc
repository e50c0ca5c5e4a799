// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/autoscaling.h"

#include "controller/expand/expand.h"
#include "controller/holds/holds.h"
#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/controller.h"
#include "controller/status/event_recorder.h"

namespace mooring::cli {

Autoscaling::Autoscaling(Parts parts)
    : parts_(parts),
      view_(parts.config.docker_socket),
      scaler_({.observer = parts.readers.docker_observer,
               .usage = [this](const std::string& id,
                               std::stop_token stop) { return view_.Usage(id, std::move(stop)); },
               .counts = parts.readers.replica_counts,
               .clock = parts.clock,
               .apps = [this] { return Apps(); },
               .on_count =
                   [this](const ResourceKey& key, const std::string& service, int replicas) {
                     parts_.metrics.SetReplicas(key.ns, key.name, service, replicas);
                   },
               .on_scaled =
                   [this](const ResourceKey& key, const std::string& message) {
                     const auto set = parts_.controller.desired();
                     parts_.events.Record(Severity::kInfo, key, reason::kScaled, message,
                                          set ? set->RevisionOf(key, "") : "");
                     parts_.controller.Wake({key}, Trigger::kSchedule);
                   }}) {}

void Autoscaling::Look(std::stop_token stop) {
  if (parts_.config.docker_enabled) scaler_.Look(std::move(stop));
}

/// Those that ask for it and are not suspended: nothing is decided that would not be done.
std::vector<ResourcePtr> Autoscaling::Apps() const {
  std::vector<ResourcePtr> apps;
  const auto set = parts_.controller.desired();
  if (!set) return apps;
  for (const auto& [key, resource] : set->resources()) {
    if (key.kind != "App" || !resource->spec.contains("autoscale")) continue;
    const bool suspended = resource->spec.value("suspend", false) ||
                           resource->derived.contains(expand::kSuspendedBy) ||
                           parts_.holds.SuspensionOf(key);
    if (!suspended) apps.push_back(resource);
  }
  return apps;
}

}  // namespace mooring::cli
