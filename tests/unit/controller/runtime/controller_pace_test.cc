// SPDX-License-Identifier: Apache-2.0
// How often and in which order the loop looks: bursts of events, people first, a cap on the pauses.
#include "controller/runtime/controller.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;

using ControllerPaceTest = LoopTest;

TEST_F(ControllerPaceTest, ABurstOfEventsIsAFewRunsAndOneAfterIt) {
  Loop loop(host_, store_, clock_, {.workers = 1, .drift_runs = {.burst = 4, .interval = 500ms}});
  loop.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("api", {{"a", "1"}})}));
  const int before = host_.observations();
  for (int i = 0; i < 100; ++i) loop.Wake(App("web"));
  EXPECT_EQ(host_.observations(), before + 4);  // the first of them at once
  loop.Advance(499ms);
  EXPECT_EQ(host_.observations(), before + 4);
  loop.Advance(1ms);
  EXPECT_EQ(host_.observations(), before + 5);
  loop.Advance(10s);
  EXPECT_EQ(host_.observations(), before + 5);  // one for all that came meanwhile
}

TEST_F(ControllerPaceTest, ABurstOfOneHoldsUpNeitherOthersNorCommitsNorPeople) {
  Loop loop(host_, store_, clock_, {.workers = 1, .drift_runs = {.burst = 1, .interval = 500ms}});
  loop.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("api", {{"a", "1"}})}));
  for (int i = 0; i < 10; ++i) loop.Wake(App("web"));
  int before = host_.observations();
  loop.Wake(App("api"));
  EXPECT_EQ(host_.observations(), before + 1);
  loop.Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(host_.observations(), before + 2);
  loop.Wake(App("web"));
  loop.Apply(Set("2", {Make("web", {{"a", "2"}}), Make("api", {{"a", "1"}})}));
  EXPECT_EQ(host_.objects().at(Thing("web", "a")).value, "2");
}

TEST_F(ControllerPaceTest, WhatWasHeldBackIsStillRepaired) {
  Loop loop(host_, store_, clock_, {.workers = 1, .drift_runs = {.burst = 1, .interval = 500ms}});
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  loop.Wake(App("web"));
  host_.Remove(Thing("web", "a"));
  loop.Wake(App("web"));
  EXPECT_FALSE(host_.objects().contains(Thing("web", "a")));
  loop.Advance(500ms);
  EXPECT_TRUE(host_.objects().contains(Thing("web", "a")));
}

TEST_F(ControllerPaceTest, WhatAPersonAskedForPassesAThousandOthers) {
  Loop loop(host_, store_, clock_);
  std::vector<ResourcePtr> apps;
  for (int i = 0; i < 1000; ++i) apps.push_back(Make(fmt::format("a{}", i), {{"a", "1"}}));
  apps.push_back(Make("wanted", {{"a", "1"}}));
  loop.Apply(Set("1", apps));

  host_.Remove(Thing("a0", "a"));
  host_.SetStuck(true);
  loop.controller.Wake({App("a0")}, Trigger::kDrift);
  host_.AwaitStuck();
  std::vector<std::string> order;
  host_.on_plan = [&](const PlanInput& input, ResourcePlan&) {
    if (input.key->name != "a0") order.push_back(input.key->name);
  };
  loop.controller.WakeAll(Trigger::kDrift);
  loop.controller.Wake({App("wanted")}, Trigger::kHuman);
  EXPECT_GE(loop.controller.QueueStats().depth, 1000U);
  host_.SetStuck(false);
  loop.AwaitIdle();
  ASSERT_GE(order.size(), 1000U);
  EXPECT_EQ(order.front(), "wanted");
}

TEST_F(ControllerPaceTest, PausesAfterFailuresGrowUpToTheCap) {
  Loop loop(host_, store_, clock_);
  loop.controller.SetMaxBackoff(1min);
  const auto failing = [&] { host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer")); };
  failing();
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  for (int i = 0; i < 10; ++i) {
    failing();
    loop.Advance(66s);  // a minute, 10 % jitter
    EXPECT_EQ(loop.controller.QueueStats().retries, static_cast<size_t>(i + 2));
  }
}

}  // namespace
}  // namespace mooring
