// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/replay_memory.h"

#include <gmock/gmock.h>

namespace mooring::webhook {
namespace {

using std::chrono_literals::operator""h;

TEST(ReplayMemory, KnowsAnyOfTheMarksForAWhile) {
  ReplayMemory memory;
  const SteadyTime start;
  EXPECT_FALSE(memory.Knows({"id", "body"}, start));
  memory.Remember({"id", "body"}, start);
  EXPECT_TRUE(memory.Knows({"id"}, start + 23h));
  EXPECT_TRUE(memory.Knows({"another", "body"}, start + 23h));
  EXPECT_FALSE(memory.Knows({"another"}, start));
  EXPECT_FALSE(memory.Knows({"id"}, start + 24h));
  EXPECT_EQ(memory.size(), 0U);
}

TEST(ReplayMemory, ForgetsTheOldestBeyondItsSize) {
  ReplayMemory memory({.most = 3});
  const SteadyTime now;
  for (const char* mark : {"a", "b", "c", "a", "d"}) memory.Remember({mark}, now);
  EXPECT_EQ(memory.size(), 3U);
  EXPECT_FALSE(memory.Knows({"a"}, now));
  EXPECT_TRUE(memory.Knows({"b"}, now));
  EXPECT_TRUE(memory.Knows({"d"}, now));
}

}  // namespace
}  // namespace mooring::webhook
