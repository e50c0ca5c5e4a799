// SPDX-License-Identifier: Apache-2.0
// What JobPlanner tells of jobs: their part of the status, and how runs ended.
#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/job_planner.h"

namespace mooring::docker {
namespace {

using State = JobRun::State;

std::string EndText(const JobRun& run) {
  std::string what = std::string(JobTriggerName(run.trigger));
  if (run.trigger != JobTrigger::kPreDeploy) what += " " + run.run;
  if (run.state == State::kDone)
    return fmt::format("job {} done in {} ({})", run.service, run.elapsed, what);
  const std::string after = run.elapsed.empty() ? "" : " after " + run.elapsed;
  return fmt::format("job {} failed{} ({}): {}", run.service, after, what, run.message);
}

}  // namespace

void KeepJobDetails(AppContext& context) {
  const Json* details = context.input.remembered.details;
  if (details == nullptr || context.app.jobs.empty()) return;
  if (const auto jobs = details->find("jobs"); jobs != details->end())
    context.plan.details["jobs"] = *jobs;
}

Json JobPlanner::RememberedOf(const std::string& service) const {
  const Json* details = context_.input.remembered.details;
  if (details == nullptr) return Json::object();
  const Json jobs = details->value("jobs", Json::object());
  return jobs.value(service, Json::object());
}

Json& JobPlanner::DetailsOf(const JobSpec& job) {
  return context_.plan.details["jobs"][job.service];
}

void JobPlanner::AddDetails(const JobSpec& job) {
  Json& details = DetailsOf(job);
  if (details.is_null()) details = Json::object();
  Json history = details.value("history", Json::array());
  size_t finished = 0;
  ForEach(job, [&](const JobRun& run) {
    if (run.state == State::kCreated) return;
    const std::string started = FormatTime(run.started);
    if (details.value("last", "") < started) {
      details["last"] = started;
      details["outcome"] = JobStateName(run.state);
      details.erase("duration");
      if (run.IsOver() && !run.elapsed.empty()) details["duration"] = run.elapsed;
    }
    if (run.state == State::kDone && run.finished) {
      Time& success = context_.plan.last_success.try_emplace(job.service).first->second;
      success = std::max(success, *run.finished);
    }
    if (run.IsOver() && ++finished > job.history_limit) return;
    history.push_back(JobRecord(run));
  });
  std::stable_sort(history.begin(), history.end(), [](const Json& a, const Json& b) {
    return a["started"].get_ref<const std::string&>() > b["started"].get_ref<const std::string&>();
  });
  details["history"] = std::move(history);
  Json ran = details.value("ran", Json::array());
  for (const std::string& run : Ran(job)) {
    if (std::find(ran.begin(), ran.end(), run) == ran.end()) ran.push_back(run);
  }
  if (!ran.empty()) details["ran"] = std::move(ran);
}

void JobPlanner::TellOfEnds() {
  for (const JobRun& run : runs_) {
    if (!run.IsOver() || run.told) continue;
    context_.plan.finished_runs.push_back({.job = run.service,
                                           .name = run.name,
                                           .outcome = std::string(JobStateName(run.state)),
                                           .message = EndText(run),
                                           .told_by_plan = run.name == blocked_by_});
  }
}

}  // namespace mooring::docker
