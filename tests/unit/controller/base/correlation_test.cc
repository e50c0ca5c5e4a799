// SPDX-License-Identifier: Apache-2.0
#include "controller/base/correlation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace mooring {
namespace {

TEST(Correlation, LastsAsLongAsItsScope) {
  EXPECT_EQ(CurrentCorrelation(), "");
  {
    const CorrelationScope outer("1a");
    EXPECT_EQ(CurrentCorrelation(), "1a");
    {
      const CorrelationScope inner("2b");
      EXPECT_EQ(CurrentCorrelation(), "2b");
    }
    EXPECT_EQ(CurrentCorrelation(), "1a");
  }
  EXPECT_EQ(CurrentCorrelation(), "");
}

TEST(Correlation, IsOfOneThread) {
  const CorrelationScope mine("1a");
  std::string seen = "?";
  std::jthread([&] { seen = CurrentCorrelation(); }).join();
  EXPECT_EQ(seen, "");
}

TEST(Correlation, NewOnesAreEightHexDigits) {
  EXPECT_THAT(NewCorrelation(), ::testing::MatchesRegex("[0-9a-f]{8}"));
}

}  // namespace
}  // namespace mooring
