// SPDX-License-Identifier: Apache-2.0
// Which runs of jobs are to be there. What is told of them is in job_report.cc.
#include "reconcilers/docker/plan/job_planner.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/image_planner.h"
#include "reconcilers/docker/plan/job_schedule.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/last_words.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/volume_planner.h"

namespace mooring::docker {
namespace {

using State = JobRun::State;

/// The most of what was run before that a container's label and the status list.
constexpr size_t kMostRan = 500;
constexpr Duration kLookAgain = std::chrono::seconds(30);
constexpr size_t kShortId = 8;

/// "job-20260301-0115" of 2026-03-01T01:15:00Z.
std::string IdOfInstant(Time instant) {
  std::string text = FormatTime(instant).substr(0, sizeof("2026-03-01T01:15") - 1);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  std::ranges::replace(text, 'T', '-');
  return "job-" + text;
}

/// What its container says was run before it. REQUIRES: it has one.
std::vector<std::string> RanBefore(const JobRun& run) {
  return Split(run.container->summary->Label(label::kJobRan), ',');
}

/// Nobody looks for a run by name, so it has none, and takes any address that is not given to it.
void ConnectRun(const ServiceSpec& service, CreateContainer& step) {
  for (const ServiceNetwork& place : service.networks) {
    Json endpoint = EndpointBody("", place, "");
    endpoint.erase("Aliases");
    if (&place == &service.networks.front()) {
      step.body["NetworkingConfig"]["EndpointsConfig"][place.name] =
          endpoint.empty() ? Json::object() : std::move(endpoint);
    } else {
      step.networks.emplace_back(place.name, std::move(endpoint));
    }
  }
}

/// Whether the step takes something of the old version away or puts something new in its place.
bool RollsOut(const Change& change) {
  const auto& step = static_cast<const DockerOperation&>(*change.operation).step;
  return std::holds_alternative<CreateContainer>(step) ||
         std::holds_alternative<ReplaceContainer>(step) ||
         std::holds_alternative<RemoveContainer>(step) || std::holds_alternative<PullImage>(step);
}

}  // namespace

JobPlanner::JobPlanner(AppContext& context)
    : context_(context),
      jobs_(context.app.jobs),
      runs_(
          CollectJobRuns(context.seen, context.input.remembered.details, SecretsOf(context.app))) {
  context.plan.details.erase("jobs");
  for (const JobSpec& job : jobs_) {
    if (job.trigger == JobTrigger::kPreDeploy)
      not_guarded_.insert(job.needs.begin(), job.needs.end());
  }
}

// --- the gate before a rollout ------------------------------------------------------------------

bool JobPlanner::IsGuarded(const std::string& service) const {
  return !not_guarded_.contains(service);
}

/// Of the job and of all that it guards, as a label of a container has it.
std::string JobPlanner::GuardDigest(const JobSpec& job) const {
  Json digests = {{"job", ServiceDigest(context_.key, context_.app, ServiceOf(job))}};
  for (const ServiceSpec& service : context_.app.services) {
    if (!service.job && IsGuarded(service.name))
      digests["services"][service.name] = ServiceDigest(context_.key, context_.app, service);
  }
  return context_.key.Digest(digests.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// A service of the App gets other containers than it has, and not because the host changed.
bool JobPlanner::RolloutIsDue() {
  if (context_.drift) return false;
  const std::vector<FieldDiff> ignored = context_.ignored;
  const bool due = std::ranges::any_of(context_.app.services, [&](const ServiceSpec& service) {
    return !service.job && IsGuarded(service.name) &&
           !ServicePlanner(context_, service).IsDeployed();
  });
  context_.ignored = ignored;
  return due;
}

void JobPlanner::CheckRollout() {
  const bool any = std::ranges::any_of(
      jobs_, [](const JobSpec& job) { return job.trigger == JobTrigger::kPreDeploy; });
  if (!any || !RolloutIsDue()) return;
  for (const JobSpec& job : jobs_) {
    if (job.trigger != JobTrigger::kPreDeploy) continue;
    const std::vector<std::string> ran = Ran(job);
    if (std::ranges::find(ran, ShortRun(GuardDigest(job))) != ran.end()) continue;
    gate_ = &job;
    return;
  }
}

std::string JobPlanner::HeldBy(const std::string& service) const {
  return gate_ == nullptr || !IsGuarded(service) ? "" : "job " + gate_->service;
}

void JobPlanner::Hold(const ServiceSpec& service, size_t first) {
  const std::string holder = HeldBy(service.name);
  if (holder.empty()) return;
  auto& changes = context_.plan.changes;
  std::set<std::string> healed;
  for (size_t i = first; i < changes.size(); ++i) {
    if (RollsOut(changes[i])) {
      changes[i].after = holder;
    } else {
      healed.insert(changes[i].object);
    }
  }
  for (const ObservedContainer& container : context_.seen.containers) {
    const ContainerSummary& summary = *container.summary;
    const bool ended = summary.state == "exited" && !RunsToEnd(service, container);
    if (summary.Label(label::kService) != service.name || IsJobContainer(summary) || !ended ||
        healed.contains("container/" + summary.name))
      continue;
    Add(summary.name, Action::kRestart, "stopped, and the old version runs on",
        StartContainer{summary.id});
  }
}

/// Of the job that the gate waits for: a first run, or another one after a failure that a person
/// wants to be tried again.
std::optional<JobPlanner::Wanted> JobPlanner::WantedBefore(const JobSpec& job) {
  if (gate_ != &job) return std::nullopt;
  const std::string digest = GuardDigest(job);
  Wanted wanted{.run = digest,
                .id = "job-pre-" + ShortRun(digest).substr(0, kShortId),
                .reason = "before the rollout"};
  const auto last = std::ranges::find_if(runs_, [&](const JobRun& run) {
    return run.service == job.service && run.trigger == job.trigger && run.run == digest;
  });
  if (last == runs_.end()) return wanted;
  if (last->state == State::kRunning) {
    Wait(fmt::format("job {} runs before the rollout", job.service));
    return std::nullopt;
  }
  wanted.request = last->request;
  if (last->state == State::kCreated) {
    if (!wanted.request.empty()) wanted.id += "-" + ShortRun(wanted.request).substr(0, kShortId);
    return wanted;
  }
  const std::string request = RequestFor(job);
  if (request.empty() || request == last->request) {
    Block(job, *last);
    return std::nullopt;
  }
  wanted.request = request;
  wanted.id += "-" + ShortRun(request).substr(0, kShortId);
  wanted.reason = "tried again before the rollout";
  DetailsOf(job)["requested"] = request;
  return wanted;
}

/// The wish of a person that still stands: of this run, or of one that could not fulfil it.
std::string JobPlanner::RequestFor(const JobSpec& job) const {
  const std::string& request = context_.input.remembered.request;
  return request.empty() ? RememberedOf(job.service).value("requested", "") : request;
}

void JobPlanner::Block(const JobSpec& job, const JobRun& failed) {
  blocked_by_ = failed.name;
  const std::string hint = context_.MayRollBack()
                               ? ""
                               : "; change the spec, or try again with: mooring reconcile " +
                                     context_.input.key->ToString();
  context_.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                fmt::format("job {} failed, so nothing is rolled out: {}{}",
                                            job.service, failed.message, hint))
                              .WithReason(reason::kJobFailed);
}

// --- schedules and tokens -----------------------------------------------------------------------

/// Instants of the schedule until then have been run, or were before anybody knew of it.
Time JobPlanner::RunUntil(const JobSpec& job) const {
  const Time now = context_.seen.now;
  std::optional<Time> last;
  const auto take = [&](const std::string& text) {
    // One far off was run by clocks that were wrong: it is no reason to stand still till then.
    const auto instant = ParseTime(text);
    if (instant && *instant <= now + kClockSlack)
      last = std::max(last.value_or(*instant), *instant);
  };
  ForEach(job, [&](const JobRun& run) {
    if (run.state != State::kCreated) take(run.run);
  });
  const Json remembered = RememberedOf(job.service);
  std::optional<Time> since;
  if (remembered.value("schedule", "") == job.schedule->text)
    since = ParseTime(remembered.value("since", ""));
  // Where nothing is remembered, what ran last tells that the job was there.
  if (!since && !(remembered.empty() && last)) since = now;
  if (since && *since > now + kClockSlack) since = now;
  return std::max(last.value_or(Time::min()), since.value_or(Time::min()));
}

std::optional<JobPlanner::Wanted> JobPlanner::WantedBySchedule(const JobSpec& job) {
  if (!job.schedule) return std::nullopt;
  const ResourceKey& key = *context_.input.key;
  const Time until = RunUntil(job);
  const std::string seed =
      fmt::format("{} {}/{}/{}", context_.options.instance, key.ns, key.name, job.service);
  const DueInstant due = FindDue(*job.schedule, until, context_.seen.now, seed);
  Json& details = DetailsOf(job);
  details["schedule"] = job.schedule->text;
  details["since"] = FormatTime(until);
  details["next"] = FormatTime(due.next);
  LookAgainAt(due.next);
  if (!due.run) return std::nullopt;
  const std::string instant = FormatTime(*due.run);
  return Wanted{.run = instant, .id = IdOfInstant(*due.run), .reason = "schedule " + instant};
}

std::optional<JobPlanner::Wanted> JobPlanner::WantedOnce(const JobSpec& job) const {
  const std::string token = ShortRun(job.token);
  const std::vector<std::string> ran = Ran(job);
  if (std::ranges::find(ran, token) != ran.end()) return std::nullopt;
  return Wanted{.run = job.token,
                .id = "job-once-" + token.substr(0, kShortId),
                .reason = "once " + job.token};
}

/// What need not be run again, newest first: of a job before rollouts what was Done, of a token
/// whatever came of it.
std::vector<std::string> JobPlanner::Ran(const JobSpec& job) const {
  std::vector<std::string> ran;
  const auto add = [&](const std::string& text) {
    if (!text.empty() && ran.size() < kMostRan && std::ranges::find(ran, text) == ran.end())
      ran.push_back(text);
  };
  if (job.trigger == JobTrigger::kSchedule) return ran;
  ForEach(job, [&](const JobRun& run) {
    const bool counts =
        job.trigger == JobTrigger::kOnce ? run.state != State::kCreated : run.state == State::kDone;
    if (counts) add(ShortRun(run.run));
  });
  ForEach(job, [&](const JobRun& run) {
    if (run.container == nullptr) return;
    for (const std::string& text : RanBefore(run)) add(text);
  });
  const Json remembered = RememberedOf(job.service);
  const Json known = remembered.value("ran", Json::array());
  for (const Json& text : known) add(text.get<std::string>());
  return ran;
}

// --- containers ---------------------------------------------------------------------------------

void JobPlanner::Plan(const std::set<std::string>& healthy) {
  for (const JobSpec& job : jobs_) PlanJob(job, healthy);
  RemoveOrphans();
  TellOfEnds();
}

void JobPlanner::PlanJob(const JobSpec& job, const std::set<std::string>& healthy) {
  StopWhatIsOverTime(job);
  std::optional<Wanted> wanted;
  if (job.trigger == JobTrigger::kPreDeploy) wanted = WantedBefore(job);
  if (job.trigger == JobTrigger::kSchedule) wanted = WantedBySchedule(job);
  if (job.trigger == JobTrigger::kOnce) wanted = WantedOnce(job);
  // While it is not sure that the new version comes, nothing of it runs but what decides that.
  if (wanted && gate_ != nullptr && gate_ != &job) {
    wanted.reset();
    Wait(fmt::format("job {} waits for job {}", job.service, gate_->service));
  }
  ForEach(job, [&](const JobRun& run) {
    if (run.state != State::kCreated) return;
    const bool is_wanted = wanted && run.run == wanted->run && run.request == wanted->request;
    if (!is_wanted) Remove(run, Duration(0), "made for a run that is not wanted any more");
  });
  if (wanted) PlanRun(job, *wanted, healthy);
  RemoveOldContainers(job);
  AddDetails(job);
}

/// Starts a run, if nothing is in its way.
void JobPlanner::PlanRun(const JobSpec& job, const Wanted& wanted,
                         const std::set<std::string>& healthy) {
  for (const std::string& service : job.needs) {
    if (healthy.contains(service)) continue;
    Wait(fmt::format("job {} waits until {} is healthy", job.service, service));
    return;
  }
  std::vector<const JobRun*> running;
  const JobRun* created = nullptr;
  ForEach(job, [&](const JobRun& run) {
    if (run.state == State::kRunning) running.push_back(&run);
    if (run.state == State::kCreated && run.run == wanted.run && run.request == wanted.request)
      created = &run;
  });
  if (!running.empty() && job.concurrency == JobSpec::Concurrency::kForbid) {
    if (job.trigger == JobTrigger::kPreDeploy)
      Wait(fmt::format("job {} still runs for a spec before", job.service));
    return;
  }
  if (created != nullptr) {
    Add(created->name, Action::kRestart, "created and not started",
        StartContainer{created->container->summary->id});
  } else {
    Begin(job, wanted);
  }
  if (job.concurrency != JobSpec::Concurrency::kReplace) return;
  for (const JobRun* run : running) {
    Add(run->name, Action::kUpdate, "stopped, because the next run begins",
        StopContainer{run->container->summary->id, ServiceOf(job).StopGrace()});
  }
}

void JobPlanner::Begin(const JobSpec& job, const Wanted& wanted) {
  const ServiceSpec& service = ServiceOf(job);
  const std::string name =
      fmt::format("{}_{}_{}", context_.app.NetworkName(), job.service, wanted.id);
  for (const SummaryPtr& stranger : context_.seen.strangers) {
    if (stranger->name != name) continue;
    context_.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("a container named {} is there that Mooring did not make ({}); rename "
                          "or remove it: docker rm -f {}",
                          name, stranger->id.substr(0, 12), name))
            .WithReason(reason::kNameConflict);
    return;
  }
  if (HasItsVolumes(context_, service) && EnsureImage(context_, service)) {
    CreateContainer step{.name = name, .body = CreateBody(context_.app, service)};
    for (const auto& [variable, secret] : service.secret_environment)
      step.secrets[variable] = secret.value;
    step.body["Labels"] = Labels(job, wanted);
    ConnectRun(service, step);
    Add(name, Action::kCreate, wanted.reason, std::move(step));
  }
  if (gate_ == &job) Wait(fmt::format("job {} runs before the rollout", job.service));
}

Json JobPlanner::Labels(const JobSpec& job, const Wanted& wanted) const {
  Json labels = ServiceLabels(context_, ServiceOf(job));
  labels.update(
      {{label::kJob, wanted.id},
       {label::kJobTrigger, JobTriggerName(job.trigger)},
       {label::kJobRun, wanted.run},
       {label::kJobTimeout,
        fmt::format("{}ms",
                    std::chrono::duration_cast<std::chrono::milliseconds>(job.timeout).count())}});
  if (const auto ran = Ran(job); !ran.empty()) labels[label::kJobRan] = Join(ran, ",");
  if (!wanted.request.empty()) labels[label::kJobRequest] = wanted.request;
  return labels;
}

/// Each has the timeout that it was started with.
void JobPlanner::StopWhatIsOverTime(const JobSpec& job) {
  ForEach(job, [&](const JobRun& run) {
    if (run.state != State::kRunning) return;
    const Time end =
        run.started + std::chrono::duration_cast<std::chrono::milliseconds>(run.timeout);
    if (context_.seen.now < end) {
      LookAgainAt(end);
      return;
    }
    Add(run.name, Action::kUpdate,
        "stopped, because its timeout of " + FormatElapsed(run.timeout) + " is over",
        StopContainer{run.container->summary->id, ServiceOf(job).StopGrace()});
  });
}

/// Beyond the limit. The newest stays in any case, and whatever else alone proves that something
/// was run: clocks that were put back let what is newest not be what ran last.
void JobPlanner::RemoveOldContainers(const JobSpec& job) {
  std::string last;
  ForEach(job, [&](const JobRun& run) {
    if (run.IsOver()) last = std::max(last, run.run);
  });
  size_t kept = 0;
  std::set<std::string> listed;
  ForEach(job, [&](const JobRun& run) {
    if (run.container == nullptr || !run.IsOver()) return;
    const bool counts = job.trigger == JobTrigger::kOnce || !run.HasFailed();
    const bool proves = job.trigger == JobTrigger::kSchedule
                            ? run.run == last
                            : counts && !listed.contains(ShortRun(run.run));
    if (++kept <= std::max<size_t>(job.history_limit, 1) || proves) {
      for (const std::string& text : RanBefore(run)) listed.insert(text);
      return;
    }
    Remove(run, Duration(0), fmt::format("beyond historyLimit {}", job.history_limit));
  });
}

/// Containers of jobs that the spec has no more.
void JobPlanner::RemoveOrphans() {
  for (const JobRun& run : runs_) {
    const bool known = std::ranges::any_of(jobs_, [&](const JobSpec& job) {
      return job.service == run.service && job.trigger == run.trigger;
    });
    if (known || run.container == nullptr) continue;
    const auto service = std::ranges::find(context_.app.services, run.service, &ServiceSpec::name);
    const Duration grace =
        service == context_.app.services.end() ? std::chrono::seconds(10) : service->StopGrace();
    Remove(run, grace, "job " + run.service + " is gone from the spec");
  }
}

void JobPlanner::PlanStopped() {
  for (const JobSpec& job : jobs_) {
    ForEach(job, [&](const JobRun& run) {
      if (run.state == State::kCreated) Remove(run, Duration(0), "state is Stopped");
      if (run.state != State::kRunning) return;
      Change& change = Add(run.name, Action::kUpdate, "state is Stopped",
                           StopContainer{run.container->summary->id, ServiceOf(job).StopGrace()});
      change.impact = Impact::kDowntime;
    });
    RemoveOldContainers(job);
    AddDetails(job);
  }
  RemoveOrphans();
  TellOfEnds();
}

// --- helpers ------------------------------------------------------------------------------------

void JobPlanner::ForEach(const JobSpec& job, const OnRun& act) const {
  for (const JobRun& run : runs_) {
    if (run.service == job.service && run.trigger == job.trigger) act(run);
  }
}

const ServiceSpec& JobPlanner::ServiceOf(const JobSpec& job) const {
  return *std::ranges::find(context_.app.services, job.service, &ServiceSpec::name);
}

Change& JobPlanner::Add(const std::string& container, Action action, std::string reason,
                        DockerOperation::Step step) {
  context_.plan.changes.push_back(
      MakeChange("container/" + container, action, std::move(reason), std::move(step)));
  return context_.plan.changes.back();
}

void JobPlanner::Remove(const JobRun& run, Duration grace, std::string reason) {
  if (run.container->summary->state == "removing") return;
  Add(run.name, Action::kDelete, std::move(reason),
      RemoveContainer{.id = run.container->summary->id, .grace = grace});
}

void JobPlanner::Wait(std::string message) {
  AddWait(context_.plan, reason::kProgressing, std::move(message), kLookAgain);
}

void JobPlanner::LookAgainAt(Time time) {
  std::optional<Time>& due = context_.plan.due;
  due = due ? std::min(*due, time) : time;
}

}  // namespace mooring::docker
