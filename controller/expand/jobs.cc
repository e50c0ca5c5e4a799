// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/jobs.h"

#include <algorithm>
#include <map>
#include <vector>

#include "controller/base/text.h"

namespace mooring::expand {
namespace {

constexpr const char* kTriggers[] = {"preDeploy", "schedule", "once"};

/// Empty: none, which the schema has found already.
std::string TriggerOf(const Json& job) {
  for (const char* trigger : kTriggers) {
    if (job.contains(trigger)) return trigger;
  }
  return "";
}

/// The jobs of one App, as they are looked at one after the other.
class JobCheck {
 public:
  JobCheck(const Resource& app, Diagnostics& diagnostics)
      : app_(app), services_(app.spec.find("services")), diagnostics_(diagnostics) {
    for (const auto& [name, service] : services_->items()) names_.push_back(name);
  }

  void Check(const Json& job, const std::string& place) {
    const std::string service = job.value("service", "");
    if (!services_->contains(service)) {
      const std::string near = Nearest(service, names_);
      Add(place + "/service", fmt::format("there is no service \"{}\" in this App", service),
          near.empty() ? "it has: " + Join(names_, ", ")
                       : fmt::format("did you mean \"{}\"?", near));
    } else {
      CheckReplicas(service);
    }
    const std::string trigger = TriggerOf(job);
    if (trigger == "preDeploy" && job["preDeploy"] == false) {
      Add(place + "/preDeploy", fmt::format("job {} never runs", service),
          "write preDeploy: true, or remove the job");
    } else {
      CheckTwice(service, trigger, place);
    }
  }

 private:
  void CheckTwice(const std::string& service, const std::string& trigger,
                  const std::string& place) {
    const auto [first, is_new] = first_.try_emplace({service, trigger}, place);
    if (is_new) return;
    Add(place, fmt::format("a second job runs {} by {}", service, trigger),
        fmt::format("the first is at {}; remove one of them",
                    app_.LocationOf(first->second).ToString()));
  }

  /// A run is one container.
  void CheckReplicas(const std::string& service) {
    const Json& spec = (*services_)[service];
    const auto deploy = spec.find("deploy");
    if (deploy == spec.end() || !deploy->contains("replicas")) return;
    if ((*deploy)["replicas"] == 1) return;
    Add("/services/" + service + "/deploy/replicas",
        fmt::format("{} is a job, and a run of a job is one container", service),
        "remove deploy.replicas");
  }

  void Add(const std::string& pointer, std::string what, std::string hint) {
    diagnostics_.push_back({app_.LocationOf(pointer), std::move(what), std::move(hint)});
  }

  const Resource& app_;
  const Json::const_iterator services_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::map<std::pair<std::string, std::string>, std::string> first_;  ///< place, by both
};

}  // namespace

void CheckJobs(const Resource& app, Diagnostics& diagnostics) {
  const auto jobs = app.spec.find("jobs");
  if (jobs == app.spec.end() || !app.spec.contains("services")) return;
  JobCheck check(app, diagnostics);
  for (size_t i = 0; i < jobs->size(); ++i) check.Check((*jobs)[i], fmt::format("/jobs/{}", i));
}

bool IsJob(const Resource& app, const std::string& service) {
  const auto jobs = app.spec.find("jobs");
  return jobs != app.spec.end() && std::any_of(jobs->begin(), jobs->end(), [&](const Json& job) {
           return job.value("service", "") == service;
         });
}

bool IsStopped(const Resource& app) {
  const auto state = app.spec.find("state");
  return state != app.spec.end() && *state == "Stopped";
}

}  // namespace mooring::expand
