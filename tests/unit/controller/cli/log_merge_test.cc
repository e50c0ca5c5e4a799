// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/log_merge.h"

#include <gtest/gtest.h>

namespace mooring::cli {
namespace {

using std::chrono_literals::operator""ms;

const SteadyTime kStart{std::chrono::hours(1)};

/// The texts of all lines whose turn it is, each with a blank behind.
std::string TakeAll(LogMerge& merge, SteadyTime now) {
  std::string out;
  while (const auto taken = merge.Take(now)) out += taken->line.text + " ";
  return out;
}

void Put(LogMerge& merge, int source, const std::string& time, SteadyTime now = kStart) {
  merge.Put(source, {.time = time, .text = std::to_string(source) + "@" + time}, now);
}

TEST(LogMerge, WaitsUntilNoLogCanHaveAnEarlierLine) {
  LogMerge merge(std::nullopt);
  merge.Begin(1);
  merge.Begin(2);
  Put(merge, 1, "t1");
  Put(merge, 1, "t3");
  EXPECT_EQ(TakeAll(merge, kStart + std::chrono::hours(5)), "");
  EXPECT_FALSE(merge.NextAt());
  Put(merge, 2, "t2");
  EXPECT_EQ(TakeAll(merge, kStart), "1@t1 2@t2 ");
  merge.End(2);
  EXPECT_EQ(TakeAll(merge, kStart), "1@t3 ");
  EXPECT_FALSE(merge.IsDone());
  merge.End(1);
  EXPECT_TRUE(merge.IsDone());
}

TEST(LogMerge, ALineWaitsForTheWindowAtMost) {
  LogMerge merge(300ms);
  merge.Begin(1);
  merge.Begin(2);
  Put(merge, 1, "t2");
  EXPECT_EQ(merge.NextAt(), kStart + 300ms);
  EXPECT_EQ(TakeAll(merge, kStart + 299ms), "");
  EXPECT_EQ(TakeAll(merge, kStart + 300ms), "1@t2 ");
  EXPECT_FALSE(merge.NextAt());
}

TEST(LogMerge, AnOlderLineThatCameLaterGoesFirst) {
  LogMerge merge(300ms);
  for (const int source : {1, 2, 3}) merge.Begin(source);
  Put(merge, 1, "t2", kStart);
  Put(merge, 2, "t1", kStart + 200ms);
  EXPECT_EQ(TakeAll(merge, kStart + 300ms), "2@t1 1@t2 ");
}

TEST(LogMerge, WhatIsLeftOfAnEndedLogIsStillTold) {
  LogMerge merge(std::nullopt);
  merge.Begin(1);
  Put(merge, 1, "t1");
  merge.End(1);
  EXPECT_EQ(merge.Waiting(1), 1U);
  EXPECT_FALSE(merge.IsDone());
  EXPECT_EQ(TakeAll(merge, kStart), "1@t1 ");
  EXPECT_TRUE(merge.IsDone());
}

}  // namespace
}  // namespace mooring::cli
