// SPDX-License-Identifier: Apache-2.0
// An App's `jobs` as types, defaults filled in. Values; built from a validated spec only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/schedule.h"
#include "controller/resource/resource.h"

namespace mooring::docker {

enum class JobTrigger { kPreDeploy, kSchedule, kOnce };

/// "preDeploy", "schedule", "once".
std::string_view JobTriggerName(JobTrigger trigger);
std::optional<JobTrigger> ParseJobTrigger(std::string_view name);

struct JobSchedule {
  Schedule when;
  std::string text;                           ///< tells it from another: "15 2 * * * Europe/Berlin"
  Duration jitter{0};                         ///< a run starts up to this later
  Duration catch_up = std::chrono::hours(1);  ///< a run missed by less is made up
};

struct JobSpec {
  enum class Concurrency { kForbid, kAllow, kReplace };
  std::string service;
  JobTrigger trigger = JobTrigger::kPreDeploy;
  std::optional<JobSchedule> schedule;  ///< of that trigger
  std::string token;                    ///< of `once`
  Duration timeout = std::chrono::hours(1);
  Concurrency concurrency = Concurrency::kForbid;
  size_t history_limit = 10;
  /// The services that must be healthy before a run starts: depends_on, theirs as well.
  std::set<std::string> needs;
};

/// In the order of the spec.
std::vector<JobSpec> ParseJobs(const Json& spec);

}  // namespace mooring::docker
