// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/clock/fake_clock.h"

namespace mooring::docker {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class EnginePaceTest : public ::testing::Test {
 protected:
  Status Request(Duration longest = 1min) { return pace_.AwaitRequest(longest, {}); }
  /// Uses up what may be sent at once.
  void Burst() {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(Request(0s)) << i;
  }

  mooring::testing::FakeClock clock_;
  std::atomic<Duration> throttled_{Duration(0)};
  EnginePace pace_{clock_, {.requests_per_second = 10, .parallel_pulls = 2}, [this](Duration d) {
                     throttled_ = throttled_.load() + d;
                   }};
};

TEST_F(EnginePaceTest, ASecondsWorthIsSentAtOnce) {
  Burst();
  EXPECT_FALSE(Request(0s));
  EXPECT_EQ(throttled_.load(), 0s);
  clock_.Advance(1s);
  Burst();
}

TEST_F(EnginePaceTest, TheNextOnesWaitForTheirTurn) {
  Burst();
  std::jthread first([&] { EXPECT_TRUE(Request()); });
  clock_.AwaitWaiters(1);
  std::jthread second([&] { EXPECT_TRUE(Request()); });
  clock_.AwaitWaiters(2);
  clock_.Advance(100ms);
  first.join();
  EXPECT_EQ(clock_.waiters(), 1U);
  clock_.Advance(100ms);
  second.join();
  EXPECT_EQ(throttled_.load(), 300ms);
}

TEST_F(EnginePaceTest, WhatWouldWaitTooLongIsNotSentAndWaitsForNothing) {
  Burst();
  const Status sent = Request(99ms);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(sent.error().retry_after(), 100ms);
  EXPECT_THAT(sent.error().ToString(), HasSubstr("docker.maxRequestsPerSecond (10)"));
  clock_.Advance(100ms);
  EXPECT_TRUE(Request(0s));  // it took no turn
}

TEST_F(EnginePaceTest, AWaitIsCut) {
  Burst();
  std::jthread waits([&](std::stop_token stop) {
    EXPECT_EQ(pace_.AwaitRequest(1min, stop).error().code(), ErrorCode::kCancelled);
  });
  clock_.AwaitWaiters(1);
  waits.request_stop();
}

TEST_F(EnginePaceTest, AnotherRateHoldsFromNowOn) {
  pace_.SetLimits({.requests_per_second = 1000, .parallel_pulls = 2});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Request(0s)) << i;
  EXPECT_FALSE(Request(0s));
}

TEST_F(EnginePaceTest, SoManyPullAtTheSameTime) {
  std::atomic<int> told = 0;
  const auto pull = [&] { return pace_.AwaitPull([&] { ++told; }, {}); };
  auto first = pull();
  auto second = pull();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(told, 0);
  std::jthread third([&] { EXPECT_TRUE(pull()); });
  clock_.AwaitWaiters(1);
  EXPECT_EQ(told, 1);
  clock_.Advance(1min);
  clock_.AwaitWaiters(1);
  EXPECT_EQ(told, 2);  // it is still alive
  {
    const auto ended = std::move(*first);
  }
  third.join();
}

TEST_F(EnginePaceTest, MoreMayPullAtOnceAfterAReload) {
  auto first = pace_.AwaitPull([] {}, {});
  auto second = pace_.AwaitPull([] {}, {});
  std::jthread third([&] { EXPECT_TRUE(pace_.AwaitPull([] {}, {})); });
  clock_.AwaitWaiters(1);
  pace_.SetLimits({.requests_per_second = 10, .parallel_pulls = 3});
}

TEST_F(EnginePaceTest, WaitingForAPullIsCut) {
  auto first = pace_.AwaitPull([] {}, {});
  auto second = pace_.AwaitPull([] {}, {});
  std::jthread waits([&](std::stop_token stop) {
    const auto turn = pace_.AwaitPull([] {}, stop);
    EXPECT_EQ(turn.error().code(), ErrorCode::kCancelled);
  });
  clock_.AwaitWaiters(1);
  waits.request_stop();
}

}  // namespace
}  // namespace mooring::docker
