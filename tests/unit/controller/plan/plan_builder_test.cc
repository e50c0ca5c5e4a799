// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct FakeObservation final : Observation {
  std::string digest;  ///< of what is on the host; empty: nothing
  bool exists() const override { return !digest.empty(); }
};

/// A host that holds a digest per key.
class FakeObserver final : public Observer {
 public:
  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key, const Resource*,
                                                     std::stop_token) override {
    if (broken.contains(key)) return Fail(ErrorCode::kUnavailable, "connection reset");
    auto observation = std::make_shared<FakeObservation>();
    if (host.contains(key)) observation->digest = host.at(key);
    return observation;
  }
  Status Refresh(std::stop_token) override {
    ++refreshes;
    if (down) return Fail(ErrorCode::kUnavailable, "no answer in 30s");
    return {};
  }
  Result<std::vector<ResourceKey>> Owned(std::stop_token) override {
    std::vector<ResourceKey> keys;
    for (const auto& [key, digest] : host) keys.push_back(key);
    return keys;
  }

  std::map<ResourceKey, std::string> host;
  std::set<ResourceKey> broken;
  bool down = false;
  int refreshes = 0;
};

class FakePlanner final : public Planner {
 public:
  ResourcePlan Plan(const PlanInput& input) const override {
    const auto& observed = static_cast<const FakeObservation&>(*input.observed);
    ResourcePlan plan;
    if (input.desired == nullptr) {
      plan.action = Action::kDelete;
      if (observed.exists()) plan.changes = {Change{.action = Action::kDelete}};
      return plan;
    }
    plan.blocked = blocked;
    if (observed.digest == input.desired->spec_digest) return plan;
    plan.action = observed.exists() ? Action::kUpdate : Action::kCreate;
    const bool drift = input.desired->spec_digest == input.last_applied_digest;
    plan.changes = {Change{.action = plan.action, .impact = Impact::kRestart, .drift = drift}};
    plan.impact = Impact::kRestart;
    if (drift) plan.drift = {{"/image", input.desired->spec_digest, observed.digest, {}, {}}};
    return plan;
  }

  std::optional<Error> blocked;
};

ResourceKey App(std::string name) { return {"App", "default", std::move(name)}; }

ResourcePtr Make(ResourceKey key, Json spec = Json::object(), std::string digest = "new") {
  auto resource = std::make_shared<Resource>();
  resource->source = {"apps/" + key.name + ".yaml", 4, 1};
  resource->key = std::move(key);
  resource->spec = std::move(spec);
  resource->spec_digest = std::move(digest);
  return resource;
}

std::shared_ptr<const DesiredSet> Set(std::vector<ResourcePtr> resources,
                                      DesiredSet::Edges edges = {}) {
  Diagnostics diagnostics;
  return *DesiredSet::Build("main@sha1:4b1c9e2", std::move(resources), std::move(edges),
                            &diagnostics);
}

class PlanBuilderTest : public ::testing::Test {
 protected:
  Result<ResourcePlan> PlanOne(const ResourcePtr& resource, const std::string& last = "") {
    return builder_.PlanOne(resource->key, resource.get(), last, "main@sha1:4b1c9e2", {});
  }
  Plan PlanSet(const std::shared_ptr<const DesiredSet>& set, LastAppliedLookup last = {},
               const Policy* policy = nullptr, std::stop_token stop = {}) {
    return builder_.PlanSet(
        {set.get(), "harbour-1", "working tree on main@4b1c9e2", std::move(last), policy}, stop);
  }
  static std::vector<std::string> Lines(const Plan& plan) {
    std::vector<std::string> lines;
    for (const auto& entry : plan.entries) {
      lines.push_back(std::string(ActionName(entry.plan.action)) + " " + entry.plan.key.name);
    }
    return lines;
  }

  testing::FakeClock clock_;
  FakeObserver docker_;
  FakeObserver caddy_;
  FakePlanner planner_;
  PlanBuilder builder_{{{{"App", "Database"}, "docker", &docker_, &planner_},
                        {{"Site"}, "caddy", &caddy_, &planner_}},
                       clock_};
};

TEST_F(PlanBuilderTest, OneObservesAndPlans) {
  const auto plan = PlanOne(Make(App("web")));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->action, Action::kCreate);
  EXPECT_EQ(plan->key, App("web"));
}

TEST_F(PlanBuilderTest, AFailedObservationIsAnErrorAndNoPlan) {
  docker_.broken = {App("web")};
  const auto plan = PlanOne(Make(App("web")));
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(plan.error().reason(), reason::kObservationFailed);
  EXPECT_EQ(plan.error().ToString(), "look at App/default/web in docker: connection reset");
}

TEST_F(PlanBuilderTest, AKindThatNobodyKnowsIsDisabled) {
  const auto plan = PlanOne(Make({"Restore", "default", "x"}));
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(plan.error().reason(), reason::kReconcilerDisabled);
}

TEST_F(PlanBuilderTest, WhatIsNewWaitsForAClosedSyncWindowAndDriftDoesNot) {
  const Json window = {
      {"kind", "deny"}, {"schedule", {{"cron", "0 12 * * *"}}}, {"duration", "4h"}};
  const ResourcePtr scope = Make({"Namespace", "", "default"}, {{"syncWindows", {window}}});
  docker_.host = {{App("drifted"), "moved"}, {App("gone"), "old"}};
  const auto last = [](const ResourceKey& key) {
    return LastApplied{.digest = key.name == "drifted" ? "new" : "old"};
  };
  const Plan plan = PlanSet(Set({scope, Make(App("drifted")), Make(App("web"))}), last);
  const char* const why =
      "the sync windows of default are closed by deny \"0 12 * * *\" UTC until "
      "2026-03-01T16:00:00Z";
  int waiting = 0;
  for (const auto& entry : plan.entries) {
    if (entry.plan.key.kind != "App") continue;
    ASSERT_THAT(entry.plan.changes, SizeIs(1));
    if (entry.plan.key.name == "drifted") {
      EXPECT_FALSE(entry.plan.wait);
      continue;
    }
    ++waiting;
    ASSERT_TRUE(entry.plan.wait) << entry.plan.key.ToString();
    EXPECT_EQ(entry.plan.wait->reason, reason::kOutsideSyncWindow);
    EXPECT_EQ(entry.plan.wait->message, why);
    EXPECT_EQ(entry.plan.changes[0].after, "the sync windows are closed");
  }
  EXPECT_EQ(waiting, 2);  // what is new, and what is to go
}

TEST_F(PlanBuilderTest, SuspendedHoldsEveryChangeBack) {
  const auto plan = PlanOne(Make(App("web"), {{"suspend", true}}));
  ASSERT_TRUE(plan.has_value());
  ASSERT_THAT(plan->changes, SizeIs(1));
  EXPECT_EQ(plan->changes[0].after, "suspend is true");
  ASSERT_TRUE(plan->wait.has_value());
  EXPECT_EQ(plan->wait->reason, reason::kSuspended);
  EXPECT_THAT(plan->wait->message, HasSubstr("1 change held back"));
}

TEST_F(PlanBuilderTest, DriftThatIsOnlyReportedCausesNoChange) {
  docker_.host = {{App("web"), "moved"}};
  const ResourcePtr web = Make(App("web"), {{"drift", {{"mode", "Report"}}}});
  const auto drifted = PlanOne(web, "new");
  ASSERT_TRUE(drifted.has_value());
  EXPECT_FALSE(drifted->HasChanges());
  EXPECT_EQ(drifted->action, Action::kNone);
  EXPECT_EQ(drifted->impact, Impact::kNone);
  EXPECT_THAT(drifted->drift, SizeIs(1));
  const auto changed = PlanOne(web, "before");
  EXPECT_TRUE(changed->HasChanges());
}

TEST_F(PlanBuilderTest, SetPlansDependenciesFirstAndCountsTheRest) {
  docker_.host = {{App("same"), "new"}, {App("web"), "old"}};
  const auto set = Set({Make(App("same")), Make(App("web")), Make({"Database", "default", "db"})},
                       {{App("web"), {{"Database", "default", "db"}}}});
  const Plan plan = PlanSet(set);
  EXPECT_THAT(Lines(plan), ElementsAre("create db", "update web"));
  EXPECT_EQ(plan.unchanged, 1u);
  EXPECT_THAT(plan.failures, IsEmpty());
  EXPECT_EQ(plan.host, "harbour-1");
  EXPECT_EQ(plan.observed_at, clock_.Now());
  EXPECT_EQ(plan.entries[1].source.ToString(), "apps/web.yaml:4:1");
  EXPECT_EQ(docker_.refreshes, 1);
  EXPECT_EQ(caddy_.refreshes, 1);
}

TEST_F(PlanBuilderTest, PrunesInReverseDependencyOrder) {
  docker_.host = {{App("a"), "x"}, {App("b"), "x"}, {App("c"), "x"}};
  const LastAppliedLookup last = [](const ResourceKey& key) {
    LastApplied applied;
    if (key.name == "a") applied.depends_on = {App("b")};
    if (key.name == "c") applied.depends_on = {App("a")};
    return applied;
  };
  const Plan plan = PlanSet(Set({}), last);
  EXPECT_THAT(Lines(plan), ElementsAre("delete c", "delete a", "delete b"));
  EXPECT_EQ(plan.entries[0].source.file, "");
}

TEST_F(PlanBuilderTest, SuspendedByHandHoldsChangesAndDeletesBack) {
  docker_.host = {{App("gone"), "x"}, {App("web"), "old"}, {App("other"), "old"}};
  const auto set = Set({Make(App("web")), Make(App("other"))});
  const SuspensionLookup suspended = [](const ResourceKey& key) {
    return key.name == "other" ? "" : "suspended by ops";
  };
  const Plan plan = builder_.PlanSet(
      {.desired = set.get(), .suspended = suspended, .held_at = "held at main@4b1c9e2"}, {});
  EXPECT_EQ(plan.held_at, "held at main@4b1c9e2");
  ASSERT_THAT(plan.entries, SizeIs(3));
  for (const ResourcePlanEntry& entry : plan.entries) {
    const bool held = entry.plan.key.name != "other";
    EXPECT_EQ(entry.plan.changes.at(0).after, held ? "suspended by hand" : "");
    EXPECT_EQ(entry.plan.wait ? entry.plan.wait->message : "",
              held ? "suspended by ops; 1 change held back" : "");
  }
}

TEST_F(PlanBuilderTest, OneSourceOfSeveralDeletesNothing) {
  docker_.host = {{App("a"), "x"}};
  const auto set = Set({});
  const Plan plan = builder_.PlanSet({.desired = set.get(), .whole = false}, {});
  EXPECT_THAT(plan.entries, IsEmpty());
}

TEST_F(PlanBuilderTest, WhatASourceHadThatIsNotReadStays) {
  docker_.host = {{App("a"), "x"}, {App("b"), "x"}, {App("c"), "x"}};
  Diagnostics diagnostics;
  const auto set = DesiredSet::Build(
      "main@sha1:4b1c9e2", {}, {}, &diagnostics,
      {.sources = {{.name = "fleet", .loaded = true}, {.name = "silent", .loaded = false}}});
  ASSERT_TRUE(set);
  const LastAppliedLookup last = [](const ResourceKey& key) {
    return LastApplied{.source_name = key.name == "a"   ? "fleet"
                                      : key.name == "b" ? "silent"
                                                        : "removed"};
  };
  EXPECT_THAT(Lines(PlanSet(*set, last)), ElementsAre("delete a"));
}

TEST_F(PlanBuilderTest, ARememberedCycleStillGoes) {
  docker_.host = {{App("a"), "x"}, {App("b"), "x"}};
  const LastAppliedLookup last = [](const ResourceKey& key) {
    return LastApplied{"", {key.name == "a" ? App("b") : App("a")}};
  };
  EXPECT_THAT(PlanSet(Set({}), last).entries, SizeIs(2));
}

TEST_F(PlanBuilderTest, WhatIsStillUsedIsNotDeleted) {
  docker_.host = {{{"Database", "default", "db"}, "x"}, {App("web"), "new"}};
  const Plan plan =
      PlanSet(Set({Make(App("web"))}, {{App("web"), {{"Database", "default", "db"}}}}));
  ASSERT_THAT(plan.entries, SizeIs(1));
  EXPECT_FALSE(plan.entries[0].plan.HasChanges());
  EXPECT_EQ(plan.entries[0].plan.wait->reason, reason::kInUse);
  EXPECT_THAT(plan.entries[0].plan.wait->message, HasSubstr("App/default/web"));
}

TEST_F(PlanBuilderTest, AnUnreachableEngineIsAFailureAndTheRestIsPlanned) {
  docker_.down = true;
  const Plan plan = PlanSet(Set({Make(App("web")), Make({"Site", "default", "web"})}));
  EXPECT_THAT(Lines(plan), ElementsAre("create web"));
  EXPECT_EQ(plan.entries[0].plan.key.kind, "Site");
  ASSERT_THAT(plan.failures, SizeIs(1));
  EXPECT_EQ(plan.failures[0].subject, "docker");
  EXPECT_EQ(plan.failures[0].error.reason(), reason::kObservationFailed);
  EXPECT_THAT(plan.failures[0].resources, ElementsAre(App("web")));
  EXPECT_EQ(ExitCode(plan, false), 1);
}

TEST_F(PlanBuilderTest, AnUnreachableEngineWithoutResourcesIsAFailureToo) {
  docker_.down = true;
  EXPECT_THAT(PlanSet(Set({})).failures, SizeIs(1));
}

TEST_F(PlanBuilderTest, OneUnreadableResourceDoesNotHideTheOthers) {
  docker_.broken = {App("a")};
  const Plan plan = PlanSet(Set({Make(App("a")), Make(App("b"))}));
  EXPECT_THAT(Lines(plan), ElementsAre("create b"));
  ASSERT_THAT(plan.failures, SizeIs(1));
  EXPECT_EQ(plan.failures[0].subject, "App/default/a");
}

TEST_F(PlanBuilderTest, ADisabledKindIsAnEntryAndNoFailure) {
  const Plan plan = PlanSet(Set({Make({"Restore", "default", "x"})}));
  ASSERT_THAT(plan.entries, SizeIs(1));
  EXPECT_EQ(plan.entries[0].plan.wait->reason, reason::kReconcilerDisabled);
  EXPECT_THAT(plan.failures, IsEmpty());
}

TEST_F(PlanBuilderTest, WhatAPersonMustSolveIsAnEntry) {
  planner_.blocked = Error(ErrorCode::kFailedPrecondition, "not ours").WithReason("NameConflict");
  docker_.host = {{App("web"), "new"}};
  const Plan plan = PlanSet(Set({Make(App("web"))}));
  ASSERT_THAT(plan.entries, SizeIs(1));
  EXPECT_EQ(plan.unchanged, 0u);
  EXPECT_EQ(ExitCode(plan, true), 2);
}

TEST_F(PlanBuilderTest, FindingsAreToldOfUnchangedResourcesToo) {
  docker_.host = {{App("web"), "new"}};
  const Policy policy({});
  const Json spec = {{"services", {{"web", {{"privileged", true}}}}}};
  const Plan plan = PlanSet(Set({Make(App("web"), spec)}), {}, &policy);
  ASSERT_THAT(plan.entries, SizeIs(1));
  EXPECT_TRUE(IsRefused(plan.entries[0]));
  EXPECT_EQ(plan.unchanged, 0u);
}

TEST_F(PlanBuilderTest, AnInterruptedPlanSaysSo) {
  std::stop_source stop;
  stop.request_stop();
  const Plan plan = PlanSet(Set({Make(App("web"))}), {}, nullptr, stop.get_token());
  ASSERT_THAT(plan.failures, SizeIs(1));
  EXPECT_EQ(plan.failures[0].error.code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mooring
