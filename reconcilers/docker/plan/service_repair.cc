// SPDX-License-Identifier: Apache-2.0
// What ServicePlanner does to a container that stays: name, limits, network, state, and the wait
// for its health.
#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/adoption.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/last_words.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(5);

}  // namespace

void ServicePlanner::HealName(const ContainerSummary& summary, const std::string& name) {
  // What is adopted keeps its name: others may know it by that.
  if (IsAdopted(summary)) return;
  if (summary.name == name || !EnsureName(name)) return;
  // Of two that swapped names, each steps aside first and takes its own at the next look.
  const std::string free = FreeName(name, {});
  if (free != name && HasNextName(summary)) return;
  Change& change = Add("container/" + summary.name, Action::kUpdate, "renamed",
                       RenameContainer{summary.id, free});
  change.drift = !HasNextName(summary);
  if (!change.drift) return;
  change.diffs.push_back(
      {fmt::format("services.{}.containers.{}", service_.name, ReplicaOf(summary)), summary.name,
       name});
}

void ServicePlanner::Heal(const Candidate& candidate, const std::string& name) {
  const ContainerSummary& summary = candidate.summary();
  const std::string object = "container/" + summary.name;
  const std::string state_path =
      fmt::format("services.{}.containers.{}", service_.name, ReplicaOf(summary));
  HealName(summary, name);
  if (!candidate.in_place.empty()) {
    Change& change =
        Add(object, Action::kUpdate, context_.drift ? "changed by hand" : candidate.why,
            UpdateContainer{summary.id, UpdateBody(service_)});
    change.drift = context_.drift;
    change.diffs = candidate.in_place;
  }
  HealNetworks(candidate);
  if (summary.state == "paused") {
    Change& change = Add(object, Action::kUpdate, "paused by hand", UnpauseContainer{summary.id});
    change.drift = true;
    change.diffs.push_back({state_path, "paused", "running"});
  }
  const bool never_ran = summary.state == "created";
  const bool ended = summary.state == "exited" && (!RunsToEnd(service_, *candidate.container) ||
                                                   context_.stopped_by_us.contains(summary.id));
  if ((!never_ran && !ended) || !AreDependenciesReady(summary.name, ended)) return;
  Change& change = Add(object, Action::kRestart, never_ran ? "created and not started" : "stopped",
                       StartContainer{summary.id});
  // What was stopped because the App was to be has not moved by itself.
  change.drift = ended && !context_.stopped_by_us.contains(summary.id);
  change.diffs.push_back({state_path, StateText(*candidate.container), "running"});
}

/// The run ends with it. What a person must know of it stands in the message, if the container may
/// be gone before they look.
void ServicePlanner::Fail(const Candidate& candidate, const char* why, const std::string& what) {
  const ContainerSummary& summary = candidate.summary();
  const bool goes = context_.MayRollBack();
  const bool killed = candidate.container->details && candidate.container->details->oom_killed;
  context_.plan.blocked =
      Error(ErrorCode::kFailedPrecondition,
            fmt::format("{} {}{}{}",
                        goes ? fmt::format("{} ({})", service_.name, service_.image) : summary.name,
                        what, LastWords(candidate.container->last_lines, SecretsOf(context_.app)),
                        goes ? "" : "; see why with: docker logs " + summary.name))
          .WithReason(killed ? reason::kOutOfMemory : why);
}

void ServicePlanner::WaitForHealth(const Candidate& candidate) {
  const ObservedContainer& container = *candidate.container;
  const ContainerSummary& summary = *container.summary;
  if (summary.state == "exited" && RunsToEnd(service_, container) &&
      !context_.stopped_by_us.contains(summary.id)) {
    Fail(candidate, reason::kCrashLoop,
         fmt::format("ended ({}) and restart is {}", StateText(container), service_.restart));
    return;
  }
  const int restarts = container.details ? container.details->restart_count : 0;
  if (summary.state == "restarting" || restarts >= kManyRestarts) {
    const std::string what = fmt::format("exits again and again ({}, {})", StateText(container),
                                         Count(restarts, "restart"));
    if (restarts >= kManyRestarts && context_.MayRollBack())
      return Fail(candidate, reason::kCrashLoop, what);
    // Nothing goes back from here, and starting it is the engine's: whoever can mend it is told.
    if (restarts >= kManyRestarts) {
      Fail(candidate, reason::kCrashLoop, "exits again and again; the engine starts it each time");
      return Wait(reason::kCrashLoop, summary.name + ": " + what, kLookAgain);
    }
    Wait(reason::kCrashLoop,
         fmt::format("{}: {}{}; see why with: docker logs {}", summary.name, what,
                     LastWords(container.last_lines, SecretsOf(context_.app)), summary.name),
         kLookAgain);
    return;
  }
  // A container that ran before gets the whole time again after each start.
  const bool runs = summary.state == "running" && container.details != nullptr;
  const Time since =
      runs ? std::max(summary.created, container.details->started_at) : summary.created;
  const Duration age = std::max<Duration>(context_.seen.now - since, Duration(0));
  const bool settles = runs && summary.health == Health::kNone;
  const bool failing = summary.health == Health::kStarting || summary.health == Health::kUnhealthy;
  if (runs && failing && age > context_.app.health_timeout) {
    Fail(candidate, reason::kHealthTimeout,
         fmt::format("is not healthy after {} ({})", context_.app.health_timeout_text,
                     StateText(container)));
  }
  Duration look_again = kLookAgain;
  if (settles) {
    look_again = std::clamp<Duration>(context_.options.settle_time - age,
                                      std::chrono::milliseconds(10), kLookAgain * 2);
  }
  Wait(HasNextName(summary) ? reason::kRollingOut : reason::kProgressing,
       fmt::format("{}: {} for {}", summary.name, StateText(container), FormatAge(age)),
       look_again);
}

}  // namespace mooring::docker
