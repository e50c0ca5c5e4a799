// SPDX-License-Identifier: Apache-2.0
#include "controller/web/handler_pool.h"

#include <atomic>
#include <latch>

namespace mooring::web {
namespace {

TEST(HandlerPool, RunsWhatItAcceptedBeforeItStops) {
  SystemClock clock;
  std::atomic<int> ran{0};
  {
    HandlerPool pool(clock, 3, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit([&] { ++ran; }));
    pool.Stop();
    EXPECT_FALSE(pool.Submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 500);
}

TEST(HandlerPool, RefusesWhenItsQueueIsFull) {
  SystemClock clock;
  HandlerPool pool(clock, 1, 2);
  std::latch entered(1);
  std::latch release(1);
  ASSERT_TRUE(pool.Submit([&] {
    entered.count_down();
    release.wait();
  }));
  entered.wait();
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  release.count_down();
}

}  // namespace
}  // namespace mooring::web
