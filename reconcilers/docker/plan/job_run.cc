// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/job_run.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/last_words.h"

namespace mooring::docker {
namespace {

constexpr size_t kShortRun = 16;

using State = JobRun::State;

std::string TimedOutText(Duration timeout) {
  return "stopped after its timeout of " + FormatElapsed(timeout);
}

void ReadEnd(const ContainerDetails& details, const std::vector<SecretString>& secrets,
             JobRun& run) {
  run.finished = details.finished_at.value_or(run.started);
  const Duration took = std::max<Duration>(*run.finished - run.started, Duration(0));
  run.elapsed = FormatElapsed(took);
  run.exit_code = details.exit_code;
  // What was stopped for its timeout may have ended with any code. It says so itself, also to a
  // process that never saw it run.
  if (took >= run.timeout) {
    run.state = State::kTimedOut;
    run.message = TimedOutText(run.timeout) + LastWords(details.last_lines, secrets);
    return;
  }
  run.state = run.exit_code == 0 ? State::kDone : State::kFailed;
  if (run.exit_code == 0) return;
  run.message = fmt::format("exit code {}{}{}", run.exit_code,
                            details.oom_killed ? ", killed for lack of memory" : "",
                            LastWords(details.last_lines, secrets));
}

std::optional<JobRun> ReadContainer(const ObservedContainer& container,
                                    const std::vector<SecretString>& secrets) {
  const ContainerSummary& summary = *container.summary;
  const auto trigger = ParseJobTrigger(summary.Label(label::kJobTrigger));
  if (!IsJobContainer(summary) || !trigger || !container.details) return std::nullopt;
  JobRun run{.service = summary.Label(label::kService),
             .trigger = *trigger,
             .name = summary.name,
             .run = summary.Label(label::kJobRun),
             .request = summary.Label(label::kJobRequest),
             .container = &container};
  run.timeout = ParseDuration(summary.Label(label::kJobTimeout)).value_or(std::chrono::hours(1));
  const ContainerDetails& details = *container.details;
  run.started = summary.state == "created" ? summary.created : details.started_at;
  if (summary.state == "created") {
    run.state = State::kCreated;
  } else if (summary.state != "running" && summary.state != "paused") {
    ReadEnd(details, secrets, run);
  } else {
    run.state = State::kRunning;
  }
  return run;
}

std::optional<JobRun> ReadRecord(const std::string& service, const Json& json) {
  const auto trigger = ParseJobTrigger(json.value("trigger", ""));
  if (!trigger) return std::nullopt;
  JobRun run{.service = service,
             .trigger = *trigger,
             .name = json.value("container", ""),
             .run = json.value("run", ""),
             .request = json.value("request", "")};
  run.started = ParseTime(json.value("started", "")).value_or(Time());
  run.finished = ParseTime(json.value("finished", ""));
  run.elapsed = json.value("duration", "");
  run.exit_code = json.value("exitCode", 0);
  run.message = json.value("message", "");
  const std::string outcome = json.value("outcome", "");
  for (const State state : {State::kDone, State::kFailed, State::kTimedOut, State::kRunning}) {
    if (JobStateName(state) == outcome) run.state = state;
  }
  return run;
}

/// What the status knew, laid over what is seen: an end that was told once stays as it was told.
void Merge(JobRun known, std::vector<JobRun>& runs) {
  const auto seen = std::ranges::find(runs, known.name, &JobRun::name);
  known.told = known.IsOver();
  if (seen == runs.end()) {
    if (!known.IsOver()) {
      known.state = State::kFailed;
      known.message = "its container was removed while it ran";
    }
    runs.push_back(std::move(known));
    return;
  }
  if (!known.IsOver() || !seen->IsOver()) return;
  known.container = seen->container;
  known.timeout = seen->timeout;
  *seen = std::move(known);
}

}  // namespace

std::string_view JobStateName(JobRun::State state) {
  static constexpr std::string_view kNames[] = {"Created", "Running", "Done", "Failed", "TimedOut"};
  return kNames[static_cast<size_t>(state)];
}

std::string ShortRun(std::string_view run) { return Sha256Hex(run).substr(0, kShortRun); }

bool IsJobContainer(const ContainerSummary& summary) { return !summary.Label(label::kJob).empty(); }

std::vector<JobRun> CollectJobRuns(const AppObservation& seen, const Json* details,
                                   const std::vector<SecretString>& secrets) {
  std::vector<JobRun> runs;
  for (const ObservedContainer& container : seen.containers) {
    if (auto run = ReadContainer(container, secrets)) runs.push_back(*std::move(run));
  }
  const Json remembered =
      details == nullptr ? Json::object() : details->value("jobs", Json::object());
  for (const auto& [service, job] : remembered.items()) {
    const Json history = job.value("history", Json::array());
    for (const Json& record : history) {
      if (auto run = ReadRecord(service, record)) Merge(*std::move(run), runs);
    }
  }
  std::ranges::stable_sort(runs, [&](const JobRun& a, const JobRun& b) {
    const auto rank = [&](const JobRun& r) {
      return std::pair(r.started <= seen.now + kClockSlack, r.started);
    };
    return rank(a) > rank(b);
  });
  return runs;
}

Json JobRecord(const JobRun& run) {
  Json record = {{"container", run.name},
                 {"trigger", JobTriggerName(run.trigger)},
                 {"run", run.run},
                 {"started", FormatTime(run.started)},
                 {"outcome", JobStateName(run.state)}};
  if (!run.request.empty()) record["request"] = run.request;
  if (!run.IsOver()) return record;
  if (run.finished) record["finished"] = FormatTime(*run.finished);
  if (!run.elapsed.empty()) record["duration"] = run.elapsed;
  if (run.exit_code != 0) record["exitCode"] = run.exit_code;
  if (!run.message.empty()) record["message"] = run.message;
  return record;
}

}  // namespace mooring::docker
