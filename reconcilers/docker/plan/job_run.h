// SPDX-License-Identifier: Apache-2.0
// The runs of an App's jobs: those whose containers are there, and those that only the status
// remembers. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/base/secret_string.h"
#include "reconcilers/docker/plan/job_spec.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

/// Clocks that are put right by less than this make nobody forget what ran.
inline constexpr auto kClockSlack = std::chrono::hours(1);

struct JobRun {
  enum class State { kCreated, kRunning, kDone, kFailed, kTimedOut };
  std::string service;
  JobTrigger trigger = JobTrigger::kPreDeploy;
  std::string name;     ///< of its container; no two runs have the same
  std::string run;      ///< what it was run for; see label::kJobRun
  std::string request;  ///< the wish of a person that it was tried again for
  const ObservedContainer* container = nullptr;  ///< null: gone, the status remembers it
  State state = State::kCreated;
  Time started;
  std::optional<Time> finished;
  std::string elapsed;  ///< of one that finished: "4.1s"
  Duration timeout{0};  ///< of one whose container is there
  int exit_code = 0;
  std::string message;  ///< of one that failed: why, and its last lines without secrets
  bool told = false;    ///< the status says already how it ended

  bool IsOver() const { return state != State::kCreated && state != State::kRunning; }
  bool HasFailed() const { return state == State::kFailed || state == State::kTimedOut; }
};

/// "Running", "Done", "Failed", "TimedOut".
std::string_view JobStateName(JobRun::State state);

/// What stands for `run` in label::kJobRan.
std::string ShortRun(std::string_view run);

/// Whether the container is of a job's run.
bool IsJobContainer(const ContainerSummary& summary);

/// All that is known, newest first; a run that began long after `now`, by clocks that were wrong,
/// is the oldest. `details`: of the status, or null. `secrets` are masked in what containers wrote.
std::vector<JobRun> CollectJobRuns(const AppObservation& seen, const Json* details,
                                   const std::vector<SecretString>& secrets);

/// The record of a run in the status.
Json JobRecord(const JobRun& run);

}  // namespace mooring::docker
