// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about its jobs: containers that run to their end. Whether
// something has run is read from the labels of the containers, and from the status for those that
// are gone; the name of a run's container is made of what it is run for, so that the engine itself
// refuses a second one. See docs/decisions/0025-jobs.md. Used by AppPlanner only; lives for one
// Plan call.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/docker/plan/job_run.h"
#include "reconcilers/docker/plan/job_spec.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

/// What the status said of jobs stays, unless a JobPlanner says something newer.
void KeepJobDetails(AppContext& context);

class JobPlanner {
 public:
  explicit JobPlanner(AppContext& context);

  /// Finds out whether a rollout is due that a preDeploy job must allow first. Before the services
  /// are planned.
  void CheckRollout();
  /// Why the service may not be rolled out yet: "job migrate"; empty: it may.
  std::string HeldBy(const std::string& service) const;
  /// Lets what the plan has of the service from `first` on wait, but for what keeps its containers
  /// running: the old version runs on.
  void Hold(const ServiceSpec& service, size_t first);
  /// Adds the changes of the jobs, once `healthy` services are known.
  void Plan(const std::set<std::string>& healthy);
  /// The same of an App that is stopped: nothing runs.
  void PlanStopped();

 private:
  /// A run that is to be there.
  struct Wanted {
    std::string run;      ///< see JobRun
    std::string id;       ///< "job-20260301-0115"
    std::string request;  ///< see JobRun
    std::string reason;   ///< "schedule 2026-03-01T01:15:00Z"
  };
  using OnRun = std::function<void(const JobRun&)>;

  void PlanJob(const JobSpec& job, const std::set<std::string>& healthy);
  std::optional<Wanted> WantedBefore(const JobSpec& job);
  std::optional<Wanted> WantedBySchedule(const JobSpec& job);
  std::optional<Wanted> WantedOnce(const JobSpec& job) const;
  void PlanRun(const JobSpec& job, const Wanted& wanted, const std::set<std::string>& healthy);
  void Begin(const JobSpec& job, const Wanted& wanted);
  Json Labels(const JobSpec& job, const Wanted& wanted) const;
  void StopWhatIsOverTime(const JobSpec& job);
  void RemoveOldContainers(const JobSpec& job);
  void RemoveOrphans();
  void Block(const JobSpec& job, const JobRun& failed);
  void TellOfEnds();

  std::string GuardDigest(const JobSpec& job) const;
  bool IsGuarded(const std::string& service) const;
  bool RolloutIsDue();
  Time RunUntil(const JobSpec& job) const;
  std::vector<std::string> Ran(const JobSpec& job) const;
  std::string RequestFor(const JobSpec& job) const;
  /// What the status says of the job; null: nothing.
  Json RememberedOf(const std::string& service) const;
  void ForEach(const JobSpec& job, const OnRun& act) const;
  const ServiceSpec& ServiceOf(const JobSpec& job) const;
  Json& DetailsOf(const JobSpec& job);
  void AddDetails(const JobSpec& job);

  Change& Add(const std::string& container, Action action, std::string reason,
              DockerOperation::Step step);
  void Remove(const JobRun& run, Duration grace, std::string reason);
  void Wait(std::string message);
  void LookAgainAt(Time time);

  AppContext& context_;
  const std::vector<JobSpec>& jobs_;
  std::vector<JobRun> runs_;           ///< newest first
  const JobSpec* gate_ = nullptr;      ///< the job that must allow the rollout first
  std::string blocked_by_;             ///< the name of the run that keeps it closed
  std::set<std::string> not_guarded_;  ///< services that a preDeploy job itself needs
};

}  // namespace mooring::docker
