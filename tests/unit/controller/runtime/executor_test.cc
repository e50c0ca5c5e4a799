// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/executor.h"

#include "tests/support/reconcile/intercepted_store.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ExecutorTest : public ::testing::Test {
 protected:
  ResourcePlan Plan(const Values& values) {
    const ResourcePtr resource = Make("web", values);
    const ResourceKey key = resource->key;
    const auto seen = host_.Observe(key, resource.get(), {});
    ResourcePlan plan = host_.Plan({.key = &key,
                                    .desired = resource.get(),
                                    .last_applied_digest = "",
                                    .observed = seen->get(),
                                    .revision = ""});
    plan.key = key;
    return plan;
  }
  Executed Execute(const ResourcePlan& plan) {
    return executor_.Execute(plan, {.revision = "main@sha1:1"}, log_, {});
  }
  Executed Settle(const ResourcePlan& plan, const std::string& revision = "main@sha1:1") {
    return executor_.Settle(plan, {.revision = revision}, log_);
  }
  std::vector<std::string> Reasons() const {
    std::vector<std::string> reasons;
    for (const Event& event : log_.events) reasons.push_back(event.reason);
    return reasons;
  }

  testing::FakeClock clock_;
  MemoryStore memory_;
  bool full_ = false;
  testing::InterceptedStore store_{memory_, [this] { return !full_; }};
  testing::FakeReconciler host_;
  EventRecorder events_{store_, clock_, {}};
  StatusWriter statuses_{store_, clock_, events_};
  Executor executor_{{{"App", &host_}}, statuses_, events_, clock_, {}};
  RunLog log_;
};

TEST_F(ExecutorTest, TheIntentIsStoredBeforeTheFirstChange) {
  bool known = false;
  host_.on_apply = [&](const ResourceKey& key) {
    const auto status = *store_.GetStatus(key);
    known = status && status->inventory.size() == 2;
  };
  const Executed executed = Execute(Plan({{"a", "1"}, {"b", "1"}}));
  EXPECT_TRUE(known);
  EXPECT_EQ(executed.changes, 2);
  EXPECT_FALSE(executed.error.has_value());
  EXPECT_THAT(Reasons(), ElementsAre("Created", "Created"));
}

TEST_F(ExecutorTest, WithoutTheIntentNothingIsDone) {
  full_ = true;
  const Executed executed = Execute(Plan({{"a", "1"}}));
  ASSERT_TRUE(executed.error.has_value());
  EXPECT_EQ(executed.error->ToString(), "write the intent to the store: the store takes no writes");
  EXPECT_THAT(host_.objects(), IsEmpty());
}

TEST_F(ExecutorTest, AFailureEndsTheRun) {
  host_.FailNth(2, Error(ErrorCode::kUnavailable, "no answer"));
  const Executed executed = Execute(Plan({{"a", "1"}, {"b", "1"}, {"c", "1"}}));
  ASSERT_TRUE(executed.error.has_value());
  EXPECT_EQ(executed.changes, 1);
  EXPECT_THAT(host_.changes(), ElementsAre("create thing/default_web_a"));
}

/// Of what was under way at the same time the rest is told, too, and the first error counts.
TEST_F(ExecutorTest, WhatWasDoneBesideAFailureIsTold) {
  class Together final : public Applier {
   public:
    Result<Applied> Apply(const ResourceKey&, const Change&, std::stop_token) override {
      return Fail(ErrorCode::kInternal, "alone");
    }
    std::vector<Result<Applied>> ApplySome(const ResourceKey&,
                                           std::span<const Change* const> changes,
                                           std::stop_token) override {
      left.push_back(changes.size());
      return {Applied::kDone, Fail(ErrorCode::kUnavailable, "no answer"), Applied::kDone,
              Fail(ErrorCode::kInternal, "second")};
    }
    std::vector<size_t> left;
  } together;
  Executor executor({{"App", &together}}, statuses_, events_, clock_, {});
  const ResourcePlan plan = Plan({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}});
  const Executed executed = executor.Execute(plan, {.revision = "main@sha1:1"}, log_, {});
  EXPECT_THAT(together.left, ElementsAre(5));
  EXPECT_EQ(executed.changes, 2);
  EXPECT_EQ(executed.error->message(), "no answer");
  EXPECT_THAT(log_.unfinished.steps, SizeIs(1)) << "whether b was done is not known";
}

TEST_F(ExecutorTest, WhatWaitsIsLeft) {
  ResourcePlan plan = Plan({{"a", "1"}, {"b", "1"}});
  plan.changes[0].after = "b is healthy";
  EXPECT_TRUE(HasWork(plan));
  EXPECT_EQ(Execute(plan).changes, 1);
  EXPECT_THAT(host_.changes(), ElementsAre("create thing/default_web_b"));
  plan.changes[1].after = "a person confirms";
  EXPECT_FALSE(HasWork(plan));
}

TEST_F(ExecutorTest, AKindWithoutAnApplierIsDisabled) {
  ResourcePlan plan = Plan({{"a", "1"}});
  plan.key.kind = "Restore";
  const Executed executed = Execute(plan);
  ASSERT_TRUE(executed.error.has_value());
  EXPECT_EQ(executed.error->reason(), reason::kReconcilerDisabled);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(ExecutorTest, EachKindOfChangeHasItsEvent) {
  ResourcePlan plan = Plan({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}});
  const std::vector<Action> actions = {Action::kCreate, Action::kUpdate, Action::kReplace,
                                       Action::kRestart, Action::kDelete};
  for (size_t i = 0; i < actions.size(); ++i) plan.changes[i].action = actions[i];
  EXPECT_EQ(Execute(plan).changes, 5);
  EXPECT_THAT(Reasons(), ElementsAre("Created", "Updated", "Replaced", "Restarted", "Deleted"));
}

TEST_F(ExecutorTest, ASecretsValuesAreInNoEvent) {
  ResourcePlan plan = Plan({{"a", "1"}});
  plan.changes[0].reason = "spec changed";
  plan.changes[0].diffs = {{.path = "environment.KEY", .actual = "", .desired = "", .secret = true},
                           {.path = "image", .actual = "x:1", .desired = "x:2"}};
  Execute(plan);
  EXPECT_EQ(log_.events.front().message,
            "thing/default_web_a: spec changed (environment.KEY (secret, changed); image x:1 -> "
            "x:2)");
}

TEST_F(ExecutorTest, DriftIsCountedInFields) {
  ResourcePlan plan = Plan({{"a", "1"}, {"b", "1"}});
  for (Change& change : plan.changes) change.drift = true;
  plan.changes[0].diffs.push_back({.path = "image", .actual = "x", .desired = "y"});
  plan.changes[1].diffs.clear();
  EXPECT_EQ(Execute(plan).corrected, 3);
  EXPECT_THAT(Reasons(), ElementsAre("DriftCorrected", "DriftCorrected"));
}

TEST_F(ExecutorTest, WhatANewProcessFindsDoneIsToldThen) {
  host_.TimeOutNth(2);
  Execute(Plan({{"a", "1"}, {"b", "1"}, {"c", "1"}}));  // b is done, c was not begun
  log_ = {};                                            // the process dies before its result
  const ResourcePlan after = Plan({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  EXPECT_EQ(Settle(after).changes, 2);
  EXPECT_THAT(Reasons(), ElementsAre("Created", "Created"));
  EXPECT_EQ(log_.events[1].message, "thing/default_web_b (objects.b missing -> 1)");
  EXPECT_TRUE(log_.stored);
  EXPECT_THAT(log_.unfinished.steps, IsEmpty());
  EXPECT_EQ(Settle(after).changes, 0);
}

TEST_F(ExecutorTest, AStepOfAnEarlierCommitThatMayBeDoneIsToldAsSuch) {
  Execute(Plan({{"a", "1"}, {"b", "1"}}));
  log_ = {};
  ASSERT_TRUE(statuses_.RecordIntent(App("web"), {}, "main@sha1:1"));
  const ResourcePlan replaces = Plan({{"a", "2"}});  // and deletes b
  Execute(replaces);
  log_ = {};
  const ResourcePlan next = Plan({{"a", "3"}});
  EXPECT_EQ(Settle(next, "main@sha1:2").changes, 2);
  EXPECT_THAT(Reasons(), ElementsAre("Replaced", "Deleted"));
  EXPECT_EQ(log_.events[0].message,
            "thing/default_web_a (objects.a 1 -> 2); it was begun, and whether it was done was not "
            "seen");
  EXPECT_EQ(log_.events[0].revision, "main@sha1:1");
}

TEST_F(ExecutorTest, ThatItWasNotSeenIsSaidOnceHoweverOftenItsTellerDies) {
  Execute(Plan({{"a", "1"}}));
  ASSERT_TRUE(statuses_.RecordIntent(App("web"), {}, "main@sha1:1"));
  log_ = {};
  Execute(Plan({{"a", "2"}}));
  for (const char* commit : {"3", "4"}) {
    log_ = {};  // the process dies before the result
    const ResourcePlan plan = Plan({{"a", commit}});
    Settle(plan, std::string("main@sha1:") + commit);
    executor_.Execute(plan, {.revision = std::string("main@sha1:") + commit}, log_, {});
  }
  ASSERT_THAT(log_.events, SizeIs(3));
  EXPECT_EQ(log_.events[0].message,
            "thing/default_web_a (objects.a 1 -> 2); it was begun, and whether it was done was not "
            "seen");
  EXPECT_EQ(log_.events[1].message,
            "thing/default_web_a (objects.a 2 -> 3); it was begun, and whether it was done was not "
            "seen");
  EXPECT_EQ(log_.events[2].message, "thing/default_web_a (objects.a 3 -> 4)");
}

TEST_F(ExecutorTest, WhatDidNotHappenIsNotTold) {
  host_.Put(Thing("web", "z"), {"App/default/web", "1"});
  for (int nth = 1; nth <= 2; ++nth)
    host_.FailNth(nth, Error(ErrorCode::kUnavailable, "no answer"));
  Execute(Plan({{"a", "1"}}));  // neither creates a nor deletes z
  log_ = {};
  EXPECT_EQ(Settle(Plan({{"a", "1"}})).changes, 0);
  EXPECT_EQ(Settle(Plan({{"z", "1"}}), "main@sha1:2").changes, 0);
}

TEST_F(ExecutorTest, TheIntentHoldsAllOfTheRunUntilItsResult) {
  Execute(Plan({{"a", "1"}}));
  Execute(Plan({{"a", "1"}, {"b", "1"}}));
  EXPECT_THAT(statuses_.Unfinished(App("web"))->steps, SizeIs(2));
}

TEST_F(ExecutorTest, WhatIsPendingIsToldOnceItIsThere) {
  host_.SetPending(true);
  const ResourcePlan plan = Plan({{"a", "1"}});
  EXPECT_TRUE(Execute(plan).pending);
  EXPECT_EQ(Settle(plan).changes, 0);  // still wanted: not there
  EXPECT_TRUE(Execute(plan).pending);
  EXPECT_THAT(Reasons(), IsEmpty());
  host_.FlushPending();
  const ResourcePlan after = Plan({{"a", "1"}});
  EXPECT_EQ(Settle(after).changes, 1);
  EXPECT_EQ(Settle(after).changes, 0);
  EXPECT_THAT(Reasons(), ElementsAre("Created"));
}

}  // namespace
}  // namespace mooring
