// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/adoption.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

/// Networks that no container is on any more, now that all of the project are ours.
void RemoveAbandoned(AppContext& context) {
  for (const NetworkInfo& network : context.seen.abandoned) {
    context.plan.changes.push_back(
        MakeChange("network/" + network.name, Action::kDelete,
                   "of Compose project " + context.app.adopts + ", and nothing is on it any more",
                   RemoveNetwork{network.id}));
  }
}

void TellWhatStays(AppContext& context) {
  const auto adopted = static_cast<size_t>(
      std::ranges::count(context.plan.changes, Action::kAdopt, &Change::action));
  if (adopted > 0) {
    context.plan.notes.push_back(
        fmt::format("adopts {} of Compose project {} as {} {}, without a "
                    "restart",
                    Count(adopted, "container"), context.app.adopts, adopted == 1 ? "it" : "they",
                    adopted == 1 ? "is" : "are"));
  }
}

/// Of a service that the spec does not have, so nothing is known of what it shall be.
void TellWhatIsNotTaken(AppContext& context) {
  for (const ObservedContainer& container : context.seen.containers) {
    if (!IsNewcomer(context, container)) continue;
    const std::string service = container.summary->Label(label::kService);
    const auto& services = context.app.services;
    if (std::ranges::find(services, service, &ServiceSpec::name) != services.end()) continue;
    context.plan.notes.push_back(
        fmt::format("{} is left alone: service {} of Compose project {} is not in the spec",
                    container.summary->name, service, context.app.adopts));
  }
}

}  // namespace

std::string MarkOf(const AppContext& context) {
  return AdoptionMark(context.options.instance, *context.input.key);
}

bool IsNewcomer(const AppContext& context, const ObservedContainer& container) {
  return IsAdopted(*container.summary) &&
         (!container.details || container.details->adopted_by != MarkOf(context));
}

bool IsOfAdoptedProject(const AppContext& context, const VolumeInfo& volume) {
  const auto project = volume.labels.find(kProjectLabel);
  return !context.app.adopts.empty() && project != volume.labels.end() &&
         project->second == context.app.adopts;
}

void PlanAdoption(AppContext& context) {
  if (context.app.adopts.empty()) return;
  RemoveAbandoned(context);
  TellWhatStays(context);
  TellWhatIsNotTaken(context);
}

}  // namespace mooring::docker
