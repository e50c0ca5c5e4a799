// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_scalars.h"

#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

std::string Plain(std::string_view text) {
  const PlainScalar scalar = ReadPlainScalar(text);
  return std::string(TypeName(scalar.type)) + ": " + scalar.text;
}

TEST(ReadPlainScalar, TellsTypesAsComposeDoes) {
  EXPECT_EQ(Plain("0644"), "a number: 420");
  EXPECT_EQ(Plain("0o644"), "a number: 420");
  EXPECT_EQ(Plain("0x1F"), "a number: 31");
  EXPECT_EQ(Plain("1_000"), "a number: 1000");
  EXPECT_EQ(Plain("08"), "a number: 8");
  EXPECT_EQ(Plain("-12"), "a number: -12");
  EXPECT_EQ(Plain("1.10"), "a number: 1.1");
  EXPECT_EQ(Plain("1e3"), "a number: 1000");
  EXPECT_EQ(Plain("1234567.5"), "a number: 1.2345675e+06");
  EXPECT_EQ(Plain("yes"), "a string: yes");
  EXPECT_EQ(Plain("True"), "true or false: true");
  EXPECT_EQ(Plain("22:22"), "a string: 22:22");
  EXPECT_EQ(Plain("2024-01-02"), "a string: 2024-01-02 00:00:00 +0000 UTC");
  EXPECT_EQ(Plain("1.2.3"), "a string: 1.2.3");
  EXPECT_TRUE(ReadPlainScalar("~").type == Node::Type::kNull);
}

TEST(GoDuration, ReadsAndPrints) {
  EXPECT_EQ(GoDurationText(*ReadGoDuration("1h30m")), "1h30m0s");
  EXPECT_EQ(GoDurationText(*ReadGoDuration("90s")), "1m30s");
  EXPECT_EQ(GoDurationText(*ReadGoDuration("1.5s")), "1.5s");
  EXPECT_EQ(GoDurationText(*ReadGoDuration("250ms")), "250ms");
  EXPECT_EQ(GoDurationText(*ReadGoDuration("0")), "0s");
  for (const char* bad : {"", "10", "s", "1 s", "1d", "1s2"})
    EXPECT_FALSE(ReadGoDuration(bad).has_value()) << bad;
}

TEST(ReadMemorySize, TakesPowersOfTwo) {
  EXPECT_EQ(ReadMemorySize("1.5g"), 1610612736);
  EXPECT_EQ(ReadMemorySize("64 MiB"), 67108864);
  EXPECT_EQ(ReadMemorySize("512"), 512);
  EXPECT_EQ(ReadMemorySize("10b"), 10);
  EXPECT_EQ(ReadMemorySize("2Kb"), 2048);
  for (const char* bad : {"", "g", "1gg", "1e", "-1m"})
    EXPECT_FALSE(ReadMemorySize(bad).has_value()) << bad;
}

}  // namespace
}  // namespace mooring::manifest
