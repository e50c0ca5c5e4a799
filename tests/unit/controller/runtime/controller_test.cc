// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/controller.h"

#include "tests/support/reconcile/intercepted_store.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ControllerTest : public LoopTest {
 protected:
  Loop loop_{host_, store_, clock_};
};

TEST_F(ControllerTest, CreatesWhatIsDesiredAndIsDone) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}, {"b", "2"}})}));
  EXPECT_THAT(host_.changes(),
              ElementsAre("create thing/default_web_a", "create thing/default_web_b"));
  EXPECT_EQ(Ready("web"), "True Succeeded: 2 of 2 objects");
  const ResourceStatus status = StatusOf("web");
  EXPECT_EQ(status.last_applied_revision, "main@sha1:1");
  EXPECT_EQ(status.next_run, clock_.Now() + 10min);
  ASSERT_THAT(status.history, SizeIs(1));
  EXPECT_EQ(status.history[0].trigger, "start");
  EXPECT_EQ(status.history[0].changes, 2);
  EXPECT_THAT(status.inventory, SizeIs(2));
  EXPECT_THAT(Events("web"), ElementsAre("info Created", "info Created"));
  EXPECT_TRUE(loop_.HasMetric("mooring_reconcile_total{kind=\"App\",outcome=\"Done\"} 1"));
}

TEST_F(ControllerTest, NothingIsTouchedBeforeTheFirstGoodSet) {
  host_.Put(Thing("old", "a"), {"App/default/old", "1"});
  loop_.Wake(App("old"));
  loop_.controller.WakeAll(Trigger::kResync);
  loop_.AwaitIdle();
  EXPECT_EQ(host_.observations(), 0);
  EXPECT_THAT(host_.objects(), SizeIs(1));
}

TEST_F(ControllerTest, WhatIsNoLongerDesiredGoes) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("api", {{"a", "1"}})}));
  loop_.Apply(Set("2", {Make("api", {{"a", "1"}})}));
  EXPECT_FALSE(host_.objects().contains(Thing("web", "a")));
  EXPECT_TRUE(host_.objects().contains(Thing("api", "a")));
  EXPECT_FALSE(store_.GetStatus(App("web"))->has_value());
  EXPECT_THAT(Events("web"), ElementsAre("info Created", "info Deleted"));
  EXPECT_THAT(loop_.metrics.Render(), ::testing::Not(HasSubstr("name=\"web\"")));
}

TEST_F(ControllerTest, ANewSetLooksOnlyAtWhatItChanges) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("api", {{"a", "1"}})}));
  const int before = host_.observations();
  loop_.Apply(Set("2", {Make("web", {{"a", "1"}}), Make("api", {{"a", "2"}})}));
  EXPECT_EQ(host_.changes().back(), "replace thing/default_api_a");
  EXPECT_EQ(host_.observations(), before + 2);  // before the change and after it
  EXPECT_EQ(StatusOf("web").last_applied_revision, "main@sha1:1");
}

TEST_F(ControllerTest, WaitingLooksAgainWhenItSaid) {
  host_.on_plan = [](const PlanInput&, ResourcePlan& plan) {
    if (!plan.HasChanges()) plan.wait = Wait{reason::kRollingOut, "0 of 1 healthy", 7s};
  };
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_EQ(Ready("web"), "False RollingOut: 0 of 1 healthy");
  EXPECT_EQ(Outcome("web"), "Waiting");
  host_.on_plan = {};
  loop_.Advance(6s);
  EXPECT_EQ(Outcome("web"), "Waiting");
  loop_.Advance(1s);
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerTest, UnhealthyWithNothingToDoIsNotDone) {
  host_.unhealthy = {App("web")};
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_EQ(Ready("web"), "False Progressing: 1 of 1 objects");
  EXPECT_EQ(StatusOf("web").last_applied_digest, "");
  host_.unhealthy.clear();
  loop_.Advance(5s);
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerTest, AChangeThatIsHeldBackIsNotDone) {
  host_.on_plan = [](const PlanInput&, ResourcePlan& plan) {
    for (Change& change : plan.changes) change.after = "the window opens";
  };
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(host_.changes(), IsEmpty());
  EXPECT_EQ(Ready("web"), "False Progressing: create thing/default_web_a waits: the window opens");
}

TEST_F(ControllerTest, ADeleteThatIsHeldBackIsNotForgotten) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  host_.on_plan = [](const PlanInput&, ResourcePlan& plan) {
    for (Change& change : plan.changes) change.after = "a person confirms";
  };
  loop_.Apply(Set("2", {}));
  EXPECT_TRUE(store_.GetStatus(App("web"))->has_value());
  EXPECT_EQ(Outcome("web"), "Waiting");
}

TEST_F(ControllerTest, RetryBacksOffFromTheSpecsIntervalAndStartsAnewAfterASuccess) {
  const auto failing = [&] { host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer")); };
  failing();
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}, {{"retryInterval", "10s"}})}));
  EXPECT_EQ(Ready("web"), "False ApplyFailed: no answer");
  EXPECT_EQ(Outcome("web"), "Retry");
  EXPECT_EQ(loop_.controller.QueueStats().retries, 1U);
  EXPECT_TRUE(
      loop_.HasMetric("mooring_reconcile_errors_total{kind=\"App\",reason=\"ApplyFailed\"} 1"));
  failing();
  loop_.Advance(8s);  // 10 s +- 10 %
  EXPECT_EQ(loop_.controller.QueueStats().retries, 1U);
  loop_.Advance(3s);
  EXPECT_EQ(loop_.controller.QueueStats().retries, 2U);
  failing();
  loop_.Advance(17s);  // 20 s +- 10 %
  EXPECT_EQ(loop_.controller.QueueStats().retries, 2U);
  loop_.Advance(5s);
  EXPECT_EQ(loop_.controller.QueueStats().retries, 3U);
  loop_.Advance(45s);  // 40 s +- 10 %
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  EXPECT_THAT(Events("web"), ElementsAre("error ApplyFailed x3", "info Created"));

  failing();
  loop_.Apply(Set("2", {Make("web", {{"a", "2"}}, {{"retryInterval", "10s"}})}));
  EXPECT_EQ(Outcome("web"), "Retry");
  loop_.Advance(11s);
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, RetryWaitsAtLeastAsLongAsTheOtherSideAsks) {
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "busy").WithRetryAfter(2min));
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}, {{"retryInterval", "10s"}})}));
  loop_.Advance(119s);
  EXPECT_EQ(Outcome("web"), "Retry");
  loop_.Advance(1s);
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, EventsWaitForTheBackoffAndCommitsDoNot) {
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "busy").WithRetryAfter(2min));
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  const int looks = host_.observations();
  loop_.Wake(App("web"), Trigger::kDrift);
  loop_.Advance(1min);
  loop_.Wake(App("web"), Trigger::kResync);
  EXPECT_EQ(host_.observations(), looks);
  loop_.Apply(Set("2", {Make("web", {{"a", "2"}})}));
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, AHostThatCameBackIsLookedAtAtOnce) {
  host_.FailNth(1, Error(ErrorCode::kFailedPrecondition, "the name is taken"));
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  loop_.Wake(App("web"), Trigger::kDrift);
  EXPECT_EQ(Outcome("web"), "Stalled");
  loop_.controller.ForgetFailures();
  loop_.Wake(App("web"), Trigger::kDrift);
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, AStalledResourceIsLookedAtAgainOnlyAtItsInterval) {
  host_.FailNth(
      1,
      Error(ErrorCode::kFailedPrecondition, "the name is taken").WithReason(reason::kNameConflict));
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}, {{"interval", "3m"}})}));
  EXPECT_EQ(Shown("web", condition::kStalled), "True NameConflict: the name is taken");
  const int looks = host_.observations();
  loop_.Advance(179s);
  EXPECT_EQ(host_.observations(), looks);
  loop_.Advance(1s);
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerTest, WhatAPersonMustSolveEndsTheRunAfterTheChanges) {
  host_.on_plan = [](const PlanInput&, ResourcePlan& plan) {
    plan.blocked = Error(ErrorCode::kFailedPrecondition, "b cannot be made");
  };
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(host_.changes(), SizeIs(1));
  EXPECT_EQ(Shown("web", condition::kStalled), "True ApplyFailed: b cannot be made");
}

TEST_F(ControllerTest, AbortedObservesAgainAtOnce) {
  host_.FailNth(1, Error(ErrorCode::kAborted, "somebody took the address"));
  host_.AbortLooks(2);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_EQ(host_.observations(),
            5);  // two moved, one planned the failure, one the change, one saw
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, AWorldThatNeverStandsStillIsTriedAgainLater) {
  host_.AbortLooks(10);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_EQ(Outcome("web"), "Retry");
  EXPECT_EQ(host_.observations(), 10);
  loop_.Advance(33s);
  EXPECT_EQ(Outcome("web"), "Done");
}

TEST_F(ControllerTest, AChangeThatTimedOutIsNotDoneTwice) {
  host_.TimeOutNth(1);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}, {"b", "1"}})}));
  EXPECT_EQ(Outcome("web"), "Retry");
  loop_.Advance(33s);
  EXPECT_EQ(Outcome("web"), "Done");
  EXPECT_THAT(host_.changes(),
              ElementsAre("create thing/default_web_a", "create thing/default_web_b"));
}

TEST_F(ControllerTest, AGuardRailKeepsOneOffTheHostAndTheOthersGoOn) {
  const Json privileged = {{"services", {{"web", {{"image", "x"}, {"privileged", true}}}}}};
  loop_.Apply(Set("1", {Make("bad", {{"a", "1"}}, privileged), Make("web", {{"a", "1"}})}));
  EXPECT_THAT(Shown("bad", condition::kStalled), StartsWith("True PolicyViolation: bad.yaml:1:1:"));
  EXPECT_THAT(Ready("bad"), HasSubstr("container-privileged"));
  EXPECT_THAT(host_.changes(), ElementsAre("create thing/default_web_a"));
  EXPECT_EQ(host_.observations(), 2);  // of the good one
}

TEST_F(ControllerTest, SuspendedIsObservedAndNotChanged) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}, {{"suspend", true}})}));
  EXPECT_THAT(host_.changes(), IsEmpty());
  EXPECT_EQ(Ready("web"), "False Suspended: suspended; 1 change held back");
  EXPECT_TRUE(loop_.HasMetric(
      "mooring_resource_suspended{kind=\"App\",namespace=\"default\",name=\"web\"} 1"));
  loop_.Apply(Set("2", {Make("web", {{"a", "1"}})}));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerTest, AKindWithoutAReconcilerIsStalled) {
  auto resource = std::make_shared<Resource>(*Make("web", {}));
  resource->key.kind = "Restore";
  loop_.Apply(Set("1", {resource}));
  const auto status = *store_.GetStatus(resource->key);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->Find(condition::kStalled)->reason, reason::kReconcilerDisabled);
}

TEST_F(ControllerTest, AnExceptionStallsItsResourceAndNoOther) {
  host_.on_plan = [](const PlanInput& input, ResourcePlan&) {
    if (input.key->name == "bad") throw std::runtime_error("index out of range");
  };
  loop_.Apply(Set("1", {Make("bad", {{"a", "1"}}), Make("web", {{"a", "1"}})}));
  EXPECT_THAT(Shown("bad", condition::kStalled), HasSubstr("index out of range"));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  EXPECT_TRUE(
      loop_.HasMetric("mooring_reconcile_errors_total{kind=\"App\",reason=\"ApplyFailed\"} 1"));
  EXPECT_THAT(Events("bad"), ElementsAre("error ApplyFailed"));
}

TEST_F(ControllerTest, AHostThatCannotBeReadChangesNothingThatIsKnown) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  host_.SetUnreachable(Error(ErrorCode::kUnavailable, "connection refused"));
  loop_.Wake(App("web"));
  EXPECT_THAT(Ready("web"), StartsWith("True ObservationFailed:"));
  EXPECT_THAT(Ready("web"), HasSubstr("last seen: 1 of 1 objects"));
  EXPECT_THAT(host_.objects(), SizeIs(1));
  loop_.Apply(Set("2", {}));  // and nothing is removed blindly
  EXPECT_THAT(host_.objects(), SizeIs(1));
  EXPECT_TRUE(store_.GetStatus(App("web"))->has_value());
  host_.SetUnreachable({});
  loop_.Advance(2min);
  EXPECT_THAT(host_.objects(), IsEmpty());
  EXPECT_FALSE(store_.GetStatus(App("web"))->has_value());
}

TEST(Controller, ARunThatFindsNothingToDoWritesNothing) {
  testing::FakeClock clock;
  MemoryStore memory;
  testing::InterceptedStore store(memory);
  testing::FakeReconciler host;
  Loop loop(host, store, clock);
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  const int writes = store.writes();
  for (int i = 0; i < 3; ++i) {
    clock.Advance(10min);
    loop.Wake(App("web"), Trigger::kResync);
  }
  loop.Apply(Set("2", {Make("web", {{"a", "1"}})}));
  loop.controller.WakeAll(Trigger::kResync);
  loop.AwaitIdle();
  EXPECT_EQ(store.writes(), writes);
  EXPECT_THAT(host.changes(), SizeIs(1));
}

TEST(Controller, WithoutAStoreThatTakesTheIntentNothingIsCreated) {
  testing::FakeClock clock;
  MemoryStore memory;
  bool full = true;
  testing::InterceptedStore store(memory, [&] { return !full; });
  testing::FakeReconciler host;
  Loop loop(host, store, clock);
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(host.changes(), IsEmpty());
  full = false;
  loop.Advance(1min);
  EXPECT_THAT(host.changes(), SizeIs(1));
}

TEST_F(LoopTest, EventsSayWhoIsBehindTheRunAndWhichRunItWas) {
  Loop loop(host_, store_, clock_);
  Diagnostics findings;
  Origins origins{.sources = {{"fleet", "main@sha1:1", true, "Ada"}}, .of = {}};
  loop.Apply(*DesiredSet::Build("main@sha1:1", {Make("a", {{"x", "1"}})}, {}, &findings, origins));
  const auto created = store_.ListEvents({.key = App("a")})->back();
  EXPECT_EQ(created.actor, "Ada");
  EXPECT_EQ(created.correlation.size(), 8u);

  host_.Put(Thing("a", "x"), {"App/default/a", "2"});
  loop.Wake(App("a"));
  auto events = *store_.ListEvents({.key = App("a")});
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events.back().reason, reason::kDriftCorrected);
  EXPECT_EQ(events.back().actor, "host");
  // What was found and what was done about it are of one run, and not of the first.
  EXPECT_EQ(events.back().correlation, events[events.size() - 2].correlation);
  EXPECT_NE(events.back().correlation, created.correlation);

  host_.Put(Thing("a", "x"), {"App/default/a", "3"});
  loop.controller.Wake({App("a")}, Trigger::kHuman, "ops");
  loop.AwaitIdle();
  EXPECT_EQ(store_.ListEvents({.key = App("a")})->back().actor, "ops");
}

ResourcePtr Said(const ResourceKey& key, const Json& spec, const Json& derived = Json::object()) {
  auto resource = std::make_shared<Resource>();
  resource->key = key;
  resource->spec = spec;
  resource->derived = derived;
  resource->spec_digest = SpecDigest(spec, derived);
  return resource;
}

TEST_F(ControllerTest, ANamespaceIsReadyAndAHostIsNoBusinessOfTheLoop) {
  const ResourceKey blue{"Namespace", "", "blue"};
  const ResourceKey other{"Host", "", "harbour-2"};
  loop_.Apply(Set("1", {Said(blue, Json::object(), {{"resources", 3}}), Said(other, {})}));
  const auto status = store_.GetStatus(blue);
  ASSERT_TRUE(status && *status);
  EXPECT_EQ((*status)->Find(condition::kReady)->message, "3 resources");
  EXPECT_FALSE(store_.GetStatus(other)->has_value());
  loop_.Apply(Set("2", {Make("a", {{"x", "1"}})}));
  EXPECT_FALSE(store_.GetStatus(blue)->has_value());
}

TEST_F(ControllerTest, ASuspendedNamespaceFreezesItsResourcesAndTheirDeletes) {
  loop_.Apply(Set("1", {Make("a", {{"x", "1"}}), Make("b", {{"y", "1"}})}));
  const ResourcePtr frozen = Said({"Namespace", "", "default"}, {{"suspend", true}});
  auto a = std::make_shared<Resource>(*Make("a", {{"x", "2"}}));
  a->derived = {{"suspendedBy", "Namespace/default"}};
  loop_.Apply(Set("2", {frozen, a}));
  EXPECT_EQ(Ready("a"), "False Suspended: Namespace/default is suspended; 1 change held back");
  EXPECT_EQ(Ready("b"),
            "False Suspended: Namespace/default is suspended; it goes once nothing holds it");
  EXPECT_EQ(host_.objects().at(Thing("a", "x")).value, "1");
  loop_.Apply(
      Set("3", {Said({"Namespace", "", "default"}, Json::object()), Make("a", {{"x", "2"}})}));
  loop_.Advance(std::chrono::seconds(31));
  EXPECT_EQ(host_.objects().at(Thing("a", "x")).value, "2");
  EXPECT_FALSE(store_.GetStatus(App("b"))->has_value());
}

}  // namespace
}  // namespace mooring
