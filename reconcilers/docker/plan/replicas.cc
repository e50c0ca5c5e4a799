// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/replicas.h"

#include <algorithm>

#include "reconcilers/docker/plan/candidate.h"
#include "reconcilers/docker/plan/job_run.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {

std::vector<const ObservedContainer*> ContainersOf(const AppObservation& seen,
                                                   const std::string& service) {
  std::vector<const ObservedContainer*> found;
  for (const ObservedContainer& container : seen.containers) {
    const ContainerSummary& summary = *container.summary;
    if (summary.Label(label::kService) == service && summary.state != "removing" &&
        !IsJobContainer(summary))
      found.push_back(&container);
  }
  return found;
}

int HighestReplica(const AppObservation& seen, const std::string& service) {
  int highest = 0;
  for (const ObservedContainer* container : ContainersOf(seen, service))
    highest = std::max(highest, ReplicaOf(*container->summary));
  return highest;
}

void HoldReplicas(const AppObservation& seen, AppSpec& app) {
  for (const AutoscaleRule& rule : app.autoscale) {
    const auto service = std::ranges::find(app.services, rule.service, &ServiceSpec::name);
    if (service == app.services.end()) continue;
    const auto held = seen.scaled.find(rule.service);
    const int count = held == seen.scaled.end() ? HighestReplica(seen, rule.service) : held->second;
    service->replicas = std::clamp(count, rule.min_replicas, rule.max_replicas);
  }
}

}  // namespace mooring::docker
