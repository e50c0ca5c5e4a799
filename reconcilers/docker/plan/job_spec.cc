// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/job_spec.h"

#include "controller/base/text.h"
#include "reconcilers/docker/plan/service_relations.h"

namespace mooring::docker {
namespace {

Duration DurationAt(const Json& object, const char* key, Duration otherwise) {
  return ParseDuration(object.value(key, "")).value_or(otherwise);
}

std::optional<JobSchedule> ParseSchedule(const Json& json) {
  const std::string cron = json.value("cron", "");
  const std::string zone = json.value("timezone", "UTC");
  auto when = Schedule::Parse(cron, zone);
  if (!when) return std::nullopt;
  JobSchedule schedule{.when = *std::move(when), .text = cron + " " + zone};
  schedule.jitter = DurationAt(json, "jitter", schedule.jitter);
  schedule.catch_up = DurationAt(json, "catchUp", schedule.catch_up);
  return schedule;
}

JobSpec::Concurrency ParseConcurrency(const std::string& text) {
  if (text == "Allow") return JobSpec::Concurrency::kAllow;
  return text == "Replace" ? JobSpec::Concurrency::kReplace : JobSpec::Concurrency::kForbid;
}

void AddNeeds(const Json& services, const std::string& service, std::set<std::string>& needs) {
  const Json found = services.value(service, Json::object());
  for (const auto& [name, dependency] : ReadDependencies(found, services)) {
    if (needs.insert(name).second) AddNeeds(services, name, needs);
  }
}

}  // namespace

std::string_view JobTriggerName(JobTrigger trigger) {
  static constexpr std::string_view kNames[] = {"preDeploy", "schedule", "once"};
  return kNames[static_cast<size_t>(trigger)];
}

std::optional<JobTrigger> ParseJobTrigger(std::string_view name) {
  for (const JobTrigger trigger :
       {JobTrigger::kPreDeploy, JobTrigger::kSchedule, JobTrigger::kOnce}) {
    if (JobTriggerName(trigger) == name) return trigger;
  }
  return std::nullopt;
}

std::vector<JobSpec> ParseJobs(const Json& spec) {
  std::vector<JobSpec> jobs;
  const Json services = spec.value("services", Json::object());
  const Json list = spec.value("jobs", Json::array());
  for (const Json& json : list) {
    JobSpec job;
    job.service = json.value("service", "");
    if (json.contains("schedule")) {
      job.trigger = JobTrigger::kSchedule;
      job.schedule = ParseSchedule(json["schedule"]);
    } else if (json.contains("once")) {
      job.trigger = JobTrigger::kOnce;
      job.token = json["once"].get<std::string>();
    }
    job.timeout = DurationAt(json, "timeout", job.timeout);
    job.concurrency = ParseConcurrency(json.value("concurrencyPolicy", ""));
    job.history_limit = json.value("historyLimit", job.history_limit);
    AddNeeds(services, job.service, job.needs);
    jobs.push_back(std::move(job));
  }
  // A job is waited for by its own means, not by being healthy.
  for (JobSpec& job : jobs) {
    for (const JobSpec& other : jobs) job.needs.erase(other.service);
  }
  return jobs;
}

}  // namespace mooring::docker
