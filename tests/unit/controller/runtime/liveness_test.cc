// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::Optional;
using ::testing::StrEq;

class LivenessTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  Liveness liveness_{clock_};
};

TEST_F(LivenessTest, WhereNothingIsExpectedNothingIsStuck) {
  clock_.Advance(24h);
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
}

TEST_F(LivenessTest, ARunThatObeysTheLongestDeadlineIsNotStuck) {
  liveness_.Expect("App/default/web", kLongestStep);
  clock_.Advance(30min);  // a pull may take that long
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
  clock_.Advance(11min);
  EXPECT_THAT(liveness_.Stuck(), Optional(StrEq("App/default/web has not gone on for 41m")));
  liveness_.Done("App/default/web");
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
}

TEST_F(LivenessTest, ProgressCountsAndBelongsToWhatIsExpected) {
  liveness_.Expect("App/default/web", kLongestStep);
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(30min);
    liveness_.Progress("App/default/web");
    EXPECT_EQ(liveness_.Stuck(), std::nullopt);
  }
  liveness_.Done("App/default/web");
  liveness_.Progress("App/default/web");
  clock_.Advance(24h);
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
}

TEST_F(LivenessTest, OneThatIsStuckIsNotHiddenByOthersThatGoOn) {
  liveness_.Expect("App/default/stuck", kLongestStep);
  for (int i = 0; i < 10; ++i) {
    liveness_.Expect("App/default/web", kLongestStep);
    clock_.Advance(5min);
    liveness_.Done("App/default/web");
  }
  EXPECT_THAT(liveness_.Stuck(), Optional(StrEq("App/default/stuck has not gone on for 50m")));
}

TEST_F(LivenessTest, AnotherExpectationReplacesTheOneBefore) {
  liveness_.Expect("source fleet", 1min);
  liveness_.Expect("source fleet", 1h);
  clock_.Advance(30min);
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
}

TEST_F(LivenessTest, WorkThatNoWorkerTakesIsStuck) {
  Liveness::Queue queue{.waiting = 3, .processing = 0, .oldest_age = 1min};
  liveness_.ReadQueueFrom([&] { return queue; });
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
  queue.oldest_age = 3min;
  EXPECT_THAT(liveness_.Stuck(), Optional(StrEq("3 resources due for 3m and no worker takes any")));
  // All workers wait for a slow engine: what is due may wait as well.
  queue.processing = 1;
  queue.oldest_age = 20min;
  EXPECT_EQ(liveness_.Stuck(), std::nullopt);
}

}  // namespace
}  // namespace mooring
