// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/stopped_app.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/candidate.h"
#include "reconcilers/docker/plan/job_planner.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/stop_order.h"

namespace mooring::docker {
namespace {

bool IsUp(const ContainerSummary& summary) {
  return summary.state == "running" || summary.state == "paused" || summary.state == "restarting";
}

/// Null: the spec has it no more.
const ServiceSpec* ServiceOf(const AppContext& context, const ContainerSummary& summary) {
  const auto& services = context.app.services;
  const auto found =
      std::ranges::find(services, summary.Label(label::kService), &ServiceSpec::name);
  return found == services.end() ? nullptr : &*found;
}

void Stop(AppContext& context, const ServiceSpec& service, const ContainerSummary& summary) {
  Change change =
      MakeChange("container/" + summary.name, Action::kUpdate,
                 context.drift ? "started by hand, and state is Stopped" : "state is Stopped",
                 StopContainer{summary.id, service.StopGrace()});
  change.impact = Impact::kDowntime;
  change.drift = context.drift;
  if (context.drift) {
    change.diffs.push_back(
        {fmt::format("services.{}.containers.{}", service.name, ReplicaOf(summary)), "running",
         "stopped"});
  }
  context.plan.changes.push_back(std::move(change));
}

}  // namespace

void RecallStopped(AppContext& context) {
  const Json* details = context.input.remembered.details;
  const Json ids = details == nullptr ? Json() : details->value("stopped", Json::array());
  for (const Json& id : ids) {
    const auto is_it = [&](const ObservedContainer& container) {
      return container.summary->id == id && container.summary->state == "exited";
    };
    if (!std::ranges::any_of(context.seen.containers, is_it)) continue;
    context.stopped_by_us.insert(id.get<std::string>());
  }
  if (!context.stopped_by_us.empty()) context.plan.details["stopped"] = context.stopped_by_us;
}

void PlanStopped(AppContext& context) {
  for (const ObservedContainer* container : InStopOrder(context)) {
    const ContainerSummary& summary = *container->summary;
    const ServiceSpec* service = ServiceOf(context, summary);
    if (IsJobContainer(summary) || service == nullptr || !IsUp(summary) || IsLeftAlone(*service))
      continue;
    Stop(context, *service, summary);
    context.stopped_by_us.insert(summary.id);
  }
  JobPlanner(context).PlanStopped();
  if (!context.stopped_by_us.empty()) context.plan.details["stopped"] = context.stopped_by_us;
}

void DescribeStopped(AppContext& context) {
  size_t kept = 0;
  for (const ObservedContainer& container : context.seen.containers) {
    if (!IsJobContainer(*container.summary)) ++kept;
  }
  const bool stops = std::ranges::any_of(
      context.plan.changes, [](const Change& c) { return c.impact == Impact::kDowntime; });
  context.plan.healthy = !stops;
  context.plan.health_message = fmt::format("stopped, {} kept", Count(kept, "container"));
  if (stops && !context.drift) {
    context.plan.notes.push_back(
        "downtime until state is Running again: containers are stopped and kept");
  }
}

}  // namespace mooring::docker
