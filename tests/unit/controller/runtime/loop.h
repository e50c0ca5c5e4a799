// SPDX-License-Identifier: Apache-2.0
// A Controller with everything around it, over a fake host. The test drives time and waits until
// the loop is idle. Not thread-safe.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/controller.h"
#include "controller/runtime/executor.h"
#include "controller/status/event_recorder.h"
#include "controller/status/status_writer.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/reconcile/fake_reconciler.h"
#include "tests/support/status/status_checker.h"

namespace mooring {

using Values = std::map<std::string, std::string>;  ///< of the objects of an App

inline ResourceKey App(std::string name) { return {"App", "default", std::move(name)}; }
inline std::string Thing(const std::string& app, const std::string& object) {
  return testing::FakeReconciler::NameOf(App(app), object);
}

/// An App that wants `values`; `more` goes into its spec.
inline ResourcePtr Make(const std::string& name, const Values& values,
                        const Json& more = Json::object()) {
  auto resource = std::make_shared<Resource>();
  resource->key = App(name);
  resource->source = {name + ".yaml", 1, 1};
  resource->spec = more;
  resource->spec["objects"] = values;
  resource->spec_digest = SpecDigest(resource->spec, {});
  return resource;
}

inline std::shared_ptr<const DesiredSet> Set(const std::string& commit,
                                             std::vector<ResourcePtr> resources,
                                             DesiredSet::Edges edges = {}) {
  Diagnostics findings;
  return *DesiredSet::Build("main@sha1:" + commit, std::move(resources), std::move(edges),
                            &findings);
}

/// One life of the daemon's loop.
class Loop {
 public:
  /// Runs for drift follow one another at once, unless the options say otherwise.
  Loop(testing::FakeReconciler& host, Store& store, testing::FakeClock& clock,
       Controller::Options options = {.workers = 1, .drift_runs = {}}, const Holds* holds = nullptr,
       PruneGuard* prune = nullptr, FailedSpecs* failed = nullptr)
      : clock_(clock),
        metrics({.kinds = {"App"}}),
        events(store, clock, {}),
        statuses(store, clock, events),
        policy(Policy::Options{}),
        plans({host.AsReadSide()}, clock),
        executor({{"App", &host}}, statuses, events, clock, {}),
        controller(options, {.plans = plans,
                             .policy = policy,
                             .executor = executor,
                             .store = store,
                             .statuses = statuses,
                             .events = events,
                             .metrics = metrics,
                             .clock = clock,
                             .log = {},
                             .holds = holds,
                             .prune = prune,
                             .find_applied = [this](const ResourceStatus& status,
                                                    std::stop_token) { return Applied(status); },
                             .failed = failed}) {
    host.on_apply = {};
    controller.Start();
  }

  void Apply(std::shared_ptr<const DesiredSet> set) {
    sets_.With([&](auto& sets) { sets.push_back(set); });
    controller.SetDesired(std::move(set));
    AwaitIdle();
  }
  void Wake(const ResourceKey& key, Trigger trigger = Trigger::kDrift) {
    controller.Wake({key}, trigger);
    AwaitIdle();
  }
  /// Nothing is due and no worker has anything; what is later is later.
  void AwaitIdle() const {
    for (auto stats = controller.QueueStats(); stats.depth + stats.processing > 0;
         stats = controller.QueueStats()) {
      std::this_thread::yield();
    }
  }
  void Advance(Duration duration) {
    clock_.Advance(duration);
    AwaitIdle();
  }
  bool HasMetric(const std::string& line) const {
    return metrics.Render().find("\n" + line + "\n") != std::string::npos;
  }

 private:
  ResourcePtr Applied(const ResourceStatus& status) const {
    return sets_.With([&](const auto& sets) -> ResourcePtr {
      for (const auto& set : sets) {
        const auto found = set->resources().find(status.key);
        if (found != set->resources().end() && set->revision() == status.last_applied_revision)
          return found->second;
      }
      return nullptr;
    });
  }
  testing::FakeClock& clock_;
  Guarded<std::vector<std::shared_ptr<const DesiredSet>>> sets_;  ///< all that were applied

 public:
  metrics::Metrics metrics;
  EventRecorder events;
  StatusWriter statuses;
  Policy policy;
  PlanBuilder plans;
  Executor executor;
  Controller controller;
};

class LoopTest : public ::testing::Test {
 protected:
  ResourceStatus StatusOf(const std::string& name) const {
    const auto status = store_.GetStatus(App(name));
    return status && *status ? **status : ResourceStatus();
  }
  /// "True Succeeded: 1 of 1 objects"
  std::string Ready(const std::string& name) const { return Shown(name, condition::kReady); }
  std::string Shown(const std::string& name, const char* type) const {
    const ResourceStatus status = StatusOf(name);
    const Condition* found = status.Find(type);
    if (found == nullptr) return "none";
    return fmt::format("{} {}: {}", ConditionStatusName(found->status), found->reason,
                       found->message);
  }
  std::string Outcome(const std::string& name) const {
    const ResourceStatus status = StatusOf(name);
    return status.history.empty() ? "none" : status.history.front().outcome;
  }
  /// "info Created x2", oldest first.
  std::vector<std::string> Events(const std::string& name) const {
    std::vector<std::string> shown;
    const auto events = store_.ListEvents({.key = App(name)});
    for (const Event& event : *events) {
      shown.push_back(fmt::format("{} {}", SeverityName(event.severity), event.reason));
      if (event.count > 1) shown.back() += fmt::format(" x{}", event.count);
    }
    return shown;
  }

  testing::FakeClock clock_;
  MemoryStore store_;
  testing::FakeReconciler host_;
  testing::StatusChecker checker_{store_, clock_};
};

}  // namespace mooring
