// SPDX-License-Identifier: Apache-2.0
#include "controller/queue/backoff.h"

namespace mooring {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToTheCap) {
  const Backoff backoff{.initial = seconds(1), .cap = seconds(10)};
  const RandomSource middle = [] { return 0.5; };
  EXPECT_EQ(backoff.Delay(1, middle), seconds(1));
  EXPECT_EQ(backoff.Delay(2, middle), seconds(2));
  EXPECT_EQ(backoff.Delay(4, middle), seconds(8));
  EXPECT_EQ(backoff.Delay(5, middle), seconds(10));
  EXPECT_EQ(backoff.Delay(2'000'000'000, middle), seconds(10));
}

TEST(Backoff, AnIntervalIsJitteredByTenPercent) {
  EXPECT_EQ(Jittered(seconds(100), [] { return 0.0; }), seconds(90));
  EXPECT_EQ(Jittered(seconds(100), [] { return 0.5; }), seconds(100));
  EXPECT_LE(Jittered(seconds(100), [] { return 0.999999; }), seconds(110));
}

TEST(Backoff, JitterStaysWithinTenPercent) {
  const Backoff backoff{.initial = seconds(1), .cap = seconds(10)};
  EXPECT_EQ(backoff.Delay(1, [] { return 0.0; }), milliseconds(900));
  EXPECT_LE(backoff.Delay(1, [] { return 0.999999; }), milliseconds(1100));
  const RandomSource random = SystemRandom();
  std::set<Duration> seen;
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = backoff.Delay(3, random);
    EXPECT_GE(delay, milliseconds(3600));
    EXPECT_LE(delay, milliseconds(4400));
    seen.insert(delay);
  }
  EXPECT_GT(seen.size(), 900u);
}

}  // namespace
}  // namespace mooring
