// SPDX-License-Identifier: Apache-2.0
#include "controller/queue/burst_limit.h"

#include <string>

#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;

class BurstLimitTest : public ::testing::Test {
 protected:
  /// Runs over `key` that begin without waiting, of so many reasons at once.
  int RunsOf(const std::string& key, int reasons) {
    int runs = 0;
    for (int i = 0; i < reasons; ++i) {
      if (limit_.Delay(key) > Duration(0)) continue;
      limit_.Began(key);
      ++runs;
    }
    return runs;
  }

  testing::FakeClock clock_;
  BurstLimit<std::string> limit_{clock_, {.burst = 3, .interval = 500ms}};
};

TEST_F(BurstLimitTest, AFewRunAtOnceAndTheNextAfterTheInterval) {
  EXPECT_EQ(RunsOf("a", 100), 3);
  EXPECT_EQ(limit_.Delay("a"), 500ms);
  clock_.Advance(499ms);
  EXPECT_EQ(limit_.Delay("a"), 1ms);
  clock_.Advance(1ms);
  EXPECT_EQ(RunsOf("a", 100), 1);
}

TEST_F(BurstLimitTest, TheBurstComesBackInTime) {
  RunsOf("a", 3);
  clock_.Advance(1s);
  EXPECT_EQ(RunsOf("a", 100), 2);
  clock_.Advance(10s);
  EXPECT_EQ(RunsOf("a", 100), 3);
}

TEST_F(BurstLimitTest, OneKeyDoesNotHoldUpAnother) {
  RunsOf("a", 100);
  EXPECT_EQ(RunsOf("b", 100), 3);
}

TEST_F(BurstLimitTest, ManyKeysAreForgottenOnceTheyHaveSettled) {
  for (int i = 0; i < 5000; ++i) {
    limit_.Began("key " + std::to_string(i));
    clock_.Advance(1ms);
  }
  RunsOf("a", 3);
  EXPECT_EQ(limit_.Delay("a"), 500ms);  // it is remembered among them
}

TEST_F(BurstLimitTest, WithoutAnIntervalNothingWaits) {
  BurstLimit<std::string> none(clock_, {});
  for (int i = 0; i < 10; ++i) none.Began("a");
  EXPECT_EQ(none.Delay("a"), 0ms);
}

}  // namespace
}  // namespace mooring
