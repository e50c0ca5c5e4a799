// SPDX-License-Identifier: Apache-2.0
// What ServicePlanner does about the services that its own depends on: it waits for them before a
// container is created or started, and never stops one because of them.
#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/service_planner.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(5);

/// What is missing of the condition; "" when it is met.
std::string WhatIsMissing(const Dependency& dependency, const ServiceState::Progress& progress) {
  switch (dependency.condition) {
    case Dependency::Condition::kStarted:
      return progress.started ? "" : "is not started";
    case Dependency::Condition::kHealthy:
      return progress.healthy ? "" : "is not healthy";
    case Dependency::Condition::kCompleted:
      return progress.completed ? "" : "has not completed";
  }
  return "";
}

void Raise(bool ended_well, bool running, bool healthy, ServiceState::Progress& best) {
  best.started = best.started || running || ended_well;
  best.healthy = best.healthy || healthy;
  best.completed = best.completed || ended_well;
}

void RequireAll(const ServiceState::Progress& replica, ServiceState::Progress& of_all) {
  of_all.started = of_all.started && replica.started;
  of_all.healthy = of_all.healthy && replica.healthy;
  of_all.completed = of_all.completed && replica.completed;
}

}  // namespace

/// Whether `service` has its place in something of the other's container.
bool ServicePlanner::Shares(const std::string& other) const {
  if (SharedService(service_.network_mode) == other) return true;
  return std::ranges::any_of(service_.settings, [&](const auto& setting) {
    const Json& value = setting.second.value;
    return value.is_string() && SharedService(value.get<std::string>()) == other;
  });
}

void ServicePlanner::AddProgress(int replica, ServiceState& state) const {
  ServiceState::Progress any{false, false, false};
  ServiceState::Progress current = any;
  const auto found = replicas_.find(replica);
  static const Candidates kNobody;
  for (const Candidate& c : found == replicas_.end() ? kNobody : found->second) {
    const ContainerSummary& summary = c.summary();
    const bool ended_well = summary.state == "exited" && summary.exit_code == 0;
    const bool running = summary.state == "running";
    Raise(ended_well, running, c.healthy, any);
    if (!c.outdated) Raise(ended_well, running, c.healthy, current);
    if (summary.state == "exited" && !ended_well && !c.outdated)
      state.failed = fmt::format("{} {}", summary.name, StateText(*c.container));
    if (c.outdated || !c.serves() || !state.container.empty()) continue;
    state.container = summary.id;
    if (!IsAdopted(summary)) state.created = summary.created;
  }
  const std::string name = context_.app.ContainerName(service_.name, replica);
  for (const Change& change : context_.plan.changes) {
    const auto& step = static_cast<const DockerOperation&>(*change.operation).step;
    if (!change.after.empty()) continue;
    const bool made =
        change.object == "container/" + name && (std::holds_alternative<CreateContainer>(step) ||
                                                 std::holds_alternative<ReplaceContainer>(step));
    const auto* start = std::get_if<StartContainer>(&step);
    const bool restarted = start != nullptr && found != replicas_.end() &&
                           std::ranges::any_of(found->second, [&](const Candidate& c) {
                             return c.summary().id == start->id;
                           });
    // What is started again is started before anything is made, so it waits for no new one.
    any.started = any.started || restarted;
    current.started = current.started || made || restarted;
  }
  RequireAll(any, state.any);
  RequireAll(current, state.current);
}

ServiceState ServicePlanner::state() const {
  ServiceState state;
  if (IsLeftAlone(service_)) return state;
  for (int replica = 1; replica <= service_.replicas; ++replica) AddProgress(replica, state);
  if (service_.replicas == 0) state.any.completed = state.current.completed = false;
  return state;
}

/// "db is not healthy", of those that the service depends on. A container that `ran_before` is
/// content with others of an older spec, so that it comes back in the middle of a rollout.
std::vector<std::string> ServicePlanner::MissingDependencies(bool ran_before) const {
  std::vector<std::string> missing;
  for (const auto& [name, dependency] : service_.depends_on) {
    const auto found = context_.states.find(name);
    if (found == context_.states.end()) continue;
    const ServiceState& state = found->second;
    std::string what = WhatIsMissing(dependency, ran_before ? state.any : state.current);
    if (!dependency.required && !state.failed.empty()) what.clear();
    // A place in another container's network or processes needs that container.
    if (what.empty() && Shares(name) && state.container.empty()) what = "is not healthy";
    if (what.empty()) continue;
    const std::string why = state.failed.empty() ? "" : fmt::format(" ({})", state.failed);
    missing.push_back(fmt::format("{} {}{}", name, what, why));
  }
  return missing;
}

/// False while something is missing: `container` waits for it.
bool ServicePlanner::AreDependenciesReady(const std::string& container, bool ran_before) {
  const std::vector<std::string> missing = MissingDependencies(ran_before);
  if (missing.empty()) return true;
  Wait(reason::kDependencyNotReady, fmt::format("{} waits: {}", container, Join(missing, ", ")),
       kLookAgain);
  return false;
}

/// An outdated container that does not run, while its successor waits.
void ServicePlanner::StartAgain(const Candidate& old_one) {
  const ContainerSummary& summary = old_one.summary();
  const bool ended = summary.state == "exited" && !RunsToEnd(service_, *old_one.container);
  if (!ended || !MissingDependencies(true).empty()) return;
  Add("container/" + summary.name, Action::kRestart, "stopped, and the old version runs on",
      StartContainer{summary.id});
}

/// A container that is older than that of a service which it follows gets a successor.
void ServicePlanner::FollowReplaced(Candidate& candidate) const {
  if (candidate.outdated || IsAdopted(candidate.summary())) return;
  for (const auto& [name, dependency] : service_.depends_on) {
    const auto state = context_.states.find(name);
    if (!dependency.restart || state == context_.states.end() ||
        state->second.created <= candidate.summary().created)
      continue;
    candidate.outdated = true;
    candidate.why = name + " was replaced";
    return;
  }
}

}  // namespace mooring::docker
