// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/autoscale.h"

#include <gtest/gtest.h>

#include "reconcilers/docker/plan/container_usage.h"

namespace mooring::docker {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

AutoscaleRule Rule() {
  return {.service = "web",
          .min_replicas = 2,
          .max_replicas = 6,
          .cpu_percent = 50,
          .scale_up_after = 60s,
          .scale_down_after = 10min};
}

TEST(Autoscale, ReadsTheRuleWithItsDefaults) {
  const auto rules = ParseAutoscale(
      {{"autoscale", {{{"service", "web"}, {"maxReplicas", 4}, {"cpuPercent", 70}}}}});
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].min_replicas, 1);
  EXPECT_EQ(rules[0].max_replicas, 4);
  EXPECT_EQ(rules[0].cpu_percent, 70);
  EXPECT_FALSE(rules[0].memory_percent);
  EXPECT_EQ(rules[0].scale_up_after, Duration(1min));
  EXPECT_EQ(rules[0].scale_down_after, Duration(10min));
}

TEST(Autoscale, RecommendsByTheShareOfTheTarget) {
  EXPECT_EQ(Recommend(Rule(), 2, {.cpu = 100}), 4);
  EXPECT_EQ(Recommend(Rule(), 3, {.cpu = 60}), 4);
  EXPECT_EQ(Recommend(Rule(), 6, {.cpu = 25}), 3);
}

TEST(Autoscale, StaysWithinATenthOfTheTarget) {
  EXPECT_EQ(Recommend(Rule(), 4, {.cpu = 55}), 4);
  EXPECT_EQ(Recommend(Rule(), 4, {.cpu = 45}), 4);
  EXPECT_EQ(Recommend(Rule(), 4, {.cpu = 56}), 5);
}

TEST(Autoscale, StaysWithinItsBounds) {
  EXPECT_EQ(Recommend(Rule(), 4, {.cpu = 100}), 6);
  EXPECT_EQ(Recommend(Rule(), 4, {.cpu = 0}), 2);
}

TEST(Autoscale, OfTwoTargetsTheOneThatNeedsMoreCounts) {
  AutoscaleRule rule = Rule();
  rule.memory_percent = 80;
  EXPECT_EQ(Recommend(rule, 4, {.cpu = 10, .memory = 95}), 5);
  EXPECT_EQ(Recommend(rule, 4, {.cpu = 75, .memory = 10}), 6);
}

TEST(Autoscale, WhatIsNotKnownIsNoZero) {
  AutoscaleRule rule = Rule();
  EXPECT_EQ(Recommend(rule, 4, {}), std::nullopt);
  rule.memory_percent = 80;
  EXPECT_EQ(Recommend(rule, 4, {.cpu = 100}), std::nullopt);
}

/// Looks every 5 s, as the daemon does.
class Window : public testing::Test {
 protected:
  /// `recommended` at each look for `time`, or until the count changes.
  void Stand(std::optional<int> recommended, Duration time) {
    const int before = count_;
    for (const SteadyTime end = now_ + time; now_ < end && count_ == before;) {
      now_ += 5s;
      count_ = window_.Decide(rule_, count_, recommended, now_);
    }
  }
  AutoscaleRule rule_ = Rule();
  ScaleWindow window_;
  int count_ = 2;
  SteadyTime now_;
};

TEST_F(Window, GoesUpWhenMoreWasNeededAllTheTime) {
  const SteadyTime start = now_;
  Stand(4, 10min);
  EXPECT_EQ(count_, 4);
  EXPECT_EQ(now_ - start, 65s) << "a minute after the first look";
}

TEST_F(Window, TheLeastOfWhatWasNeededCountsForUp) {
  Stand(5, 40s);
  Stand(3, 10min);
  EXPECT_EQ(count_, 3);
}

TEST_F(Window, AShortPeakChangesNothing) {
  for (int i = 0; i < 20; ++i) {
    Stand(6, 50s);
    Stand(2, 15s);
  }
  EXPECT_EQ(count_, 2);
}

TEST_F(Window, GoesDownToTheMostThatWasNeeded) {
  count_ = 6;
  Stand(4, 5s);
  const SteadyTime last_peak = now_;
  Stand(3, 20min);
  EXPECT_EQ(count_, 4) << "the peak was within the window when it was first covered";
  Stand(3, 20min);
  EXPECT_EQ(count_, 3);
  EXPECT_GE(now_ - last_peak, 10min);
}

TEST_F(Window, OneLookThatAsksForMoreKeepsTheCount) {
  count_ = 6;
  for (int i = 0; i < 10; ++i) {
    Stand(2, 9min);
    Stand(6, 5s);
  }
  EXPECT_EQ(count_, 6);
}

TEST_F(Window, WhatIsNotKnownHoldsTheCount) {
  Stand(std::nullopt, 60min);
  EXPECT_EQ(count_, 2);
  Stand(6, 55s);
  EXPECT_EQ(count_, 2) << "what stood before was to stay";
  Stand(6, 15s);
  EXPECT_EQ(count_, 6);
}

TEST_F(Window, ATimeWithoutALookIsNoTimeThatItStood) {
  Stand(6, 30s);
  now_ += 20min;
  Stand(6, 55s);
  EXPECT_EQ(count_, 2);
}

TEST_F(Window, SaysNothingAtItsFirstLook) {
  EXPECT_EQ(window_.Decide(rule_, 2, 6, now_), 2);
  EXPECT_EQ(ScaleWindow().Decide(rule_, 6, 2, now_), 6);
}

TEST(ContainerUsage, ARateNeedsTwoLooksAtOneRun) {
  EXPECT_EQ(CpuPercent({.cpu = 0, .system = 100, .processors = 2},
                       {.cpu = 25, .system = 200, .processors = 2}),
            50);
  EXPECT_EQ(CpuPercent({.cpu = 9, .system = 1}, {.cpu = 1, .system = 2}), std::nullopt);
  EXPECT_EQ(CpuPercent({.cpu = 9, .system = 9}, {}), std::nullopt) << "it does not run";
}

}  // namespace
}  // namespace mooring::docker
