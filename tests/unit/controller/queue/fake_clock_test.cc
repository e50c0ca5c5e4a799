// SPDX-License-Identifier: Apache-2.0
#include "tests/support/clock/fake_clock.h"

#include <atomic>

namespace mooring {
namespace {

using std::chrono::seconds;

TEST(FakeClock, StandsStillUntilAdvanced) {
  testing::FakeClock clock;
  const Time now = clock.Now();
  const SteadyTime steady = clock.Steady();
  EXPECT_EQ(clock.Now(), now);
  clock.Advance(seconds(5));
  EXPECT_EQ(clock.Now() - now, seconds(5));
  EXPECT_EQ(clock.Steady() - steady, seconds(5));
}

TEST(FakeClock, AdvanceWakesOnlyThoseWhoseDeadlinePassed) {
  testing::FakeClock clock;
  std::atomic<int> short_done{0};
  std::atomic<bool> long_done{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&](std::stop_token stop) {
      if (SleepFor(clock, seconds(10), stop)) ++short_done;
    });
  }
  threads.emplace_back([&](std::stop_token stop) {
    if (SleepFor(clock, seconds(60), stop)) long_done = true;
  });
  clock.AwaitWaiters(5);
  clock.Advance(seconds(9));
  EXPECT_EQ(clock.waiters(), 5u);
  clock.Advance(seconds(1));
  EXPECT_EQ(clock.waiters(), 1u);
  for (int i = 0; i < 4; ++i) threads[i].join();
  EXPECT_EQ(short_done, 4);
  EXPECT_FALSE(long_done);
  clock.Advance(seconds(50));
  threads[4].join();
  EXPECT_TRUE(long_done);
}

TEST(FakeClock, AStopRequestEndsTheWait) {
  testing::FakeClock clock;
  bool slept = true;
  std::jthread thread([&](std::stop_token stop) { slept = SleepFor(clock, seconds(10), stop); });
  clock.AwaitWaiters(1);
  thread.request_stop();
  thread.join();
  EXPECT_FALSE(slept);
}

TEST(SystemClock, WaitsUntilTheDeadlineOrAStop) {
  SystemClock clock;
  const SteadyTime begin = clock.Steady();
  EXPECT_TRUE(SleepFor(clock, std::chrono::milliseconds(5), {}));
  EXPECT_GE(clock.Steady() - begin, std::chrono::milliseconds(5));
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_FALSE(SleepFor(clock, std::chrono::hours(1), stopped.get_token()));
}

}  // namespace
}  // namespace mooring
