// SPDX-License-Identifier: Apache-2.0
#include "controller/web/rate_limiter.h"

#include <fmt/format.h>

#include "tests/support/clock/fake_clock.h"

namespace mooring::web {
namespace {

using std::chrono::seconds;

TEST(RateLimiter, GivesABurstAndThenSteadily) {
  testing::FakeClock clock;
  RateLimiter limiter(clock, {.events = 6, .window = seconds(60)});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(limiter.Take("a"), Duration(0)) << i;
  EXPECT_EQ(limiter.Take("a"), seconds(10));
  EXPECT_EQ(limiter.Take("a"), seconds(10)) << "being refused costs nothing";
  EXPECT_EQ(limiter.Take("b"), Duration(0));
  clock.Advance(seconds(10));
  EXPECT_EQ(limiter.Take("a"), Duration(0));
  EXPECT_EQ(limiter.Take("a"), seconds(10));
  clock.Advance(seconds(600));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(limiter.Take("a"), Duration(0)) << i;
  EXPECT_GT(limiter.Take("a"), Duration(0));
}

TEST(RateLimiter, RemembersABoundedNumberOfKeys) {
  testing::FakeClock clock;
  RateLimiter limiter(clock, {.events = 1, .window = seconds(60)});
  for (int i = 0; i < 100'000; ++i) limiter.Take(std::to_string(i));
  EXPECT_LE(limiter.size(), 4096u);
  EXPECT_GT(limiter.Take("one more"), Duration(0)) << "with all of them busy a new one waits";
  clock.Advance(seconds(61));
  EXPECT_EQ(limiter.Take("one more"), Duration(0));
  EXPECT_EQ(limiter.size(), 1u);
}

}  // namespace
}  // namespace mooring::web
