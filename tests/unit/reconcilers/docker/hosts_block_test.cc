// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/hosts_block.h"

#include <gtest/gtest.h>

namespace mooring::docker {
namespace {

constexpr char kBegin[] = "# BEGIN mooring: written by the daemon, changes here are undone\n";
const HostsNames kNames = {{"a.x.default.mooring.internal", {"10.201.0.2", "10.201.0.3"}},
                           {"b.x.default.mooring.internal", {"10.201.0.4"}}};
const std::string kBlock = std::string(kBegin) +
                           "10.201.0.2 a.x.default.mooring.internal\n"
                           "10.201.0.3 a.x.default.mooring.internal\n"
                           "10.201.0.4 b.x.default.mooring.internal\n"
                           "# END mooring\n";

TEST(HostsBlock, IsAppendedToWhatIsThere) {
  EXPECT_EQ(WithHostsBlock("", kNames), kBlock);
  EXPECT_EQ(WithHostsBlock("127.0.0.1 localhost\n", kNames), "127.0.0.1 localhost\n" + kBlock);
  EXPECT_EQ(WithHostsBlock("127.0.0.1 localhost", kNames), "127.0.0.1 localhost\n" + kBlock);
}

TEST(HostsBlock, RoundTripsAndIsStable) {
  const std::string file = WithHostsBlock("127.0.0.1 localhost\n", kNames);
  EXPECT_EQ(ParseHostsBlock(file), kNames);
  EXPECT_EQ(WithHostsBlock(file, kNames), file);
}

TEST(HostsBlock, GoesWithoutATraceWhenThereAreNoNames) {
  const std::string file = "127.0.0.1 localhost\n\n# mine\n";
  EXPECT_EQ(WithHostsBlock(WithHostsBlock(file, kNames), {}), file);
  EXPECT_EQ(WithHostsBlock(file, {}), file);
}

TEST(HostsBlock, KeepsWhatStandsAroundItByteForByte) {
  const std::string before = "\t127.0.0.1   localhost  # a\r\n\r\n";
  const std::string after = "::1 ip6 # no newline at the end";
  EXPECT_EQ(
      WithHostsBlock(before + kBlock + after, {{"c.x.default.mooring.internal", {"10.0.0.9"}}}),
      before + kBegin + "10.0.0.9 c.x.default.mooring.internal\n# END mooring\n" + after);
}

TEST(HostsBlock, ReadsACrlfFile) {
  std::string file;
  for (const char c : kBlock) file += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(ParseHostsBlock(file), kNames);
  EXPECT_EQ(WithHostsBlock("127.0.0.1 localhost\r\n" + file, kNames),
            "127.0.0.1 localhost\r\n" + kBlock);
}

TEST(HostsBlock, MissingEndTakesNoForeignLine) {
  const std::string file =
      std::string(kBegin) + "10.201.0.2 a.x.default.mooring.internal\n10.0.0.1 db\n";
  EXPECT_EQ(WithHostsBlock(file, kNames), kBlock + "10.0.0.1 db\n");
}

TEST(HostsBlock, MissingBeginLeavesNoDeadLineBehind) {
  const std::string file = "10.201.0.9 a.x.default.mooring.internal\n# END mooring\n10.0.0.1 db\n";
  EXPECT_EQ(ParseHostsBlock(file).at("a.x.default.mooring.internal"),
            std::vector<std::string>{"10.201.0.9"});
  EXPECT_EQ(WithHostsBlock(file, kNames), "10.0.0.1 db\n" + kBlock);
}

TEST(HostsBlock, TwoBlocksBecomeOne) {
  EXPECT_EQ(WithHostsBlock("a\n" + kBlock + "b\n" + kBlock + "c\n", kNames),
            "a\n" + kBlock + "b\nc\n");
}

TEST(HostsBlock, ForeignLinesInsideAreKept) {
  const std::string file = std::string(kBegin) +
                           "10.0.0.1 db # mine\n10.201.0.2 a.x.default.mooring.internal web\n"
                           "# 10.201.0.7 b.x.default.mooring.internal\n# END mooring\n";
  EXPECT_EQ(ParseHostsBlock(file), HostsNames());
  EXPECT_EQ(WithHostsBlock(file, kNames),
            kBlock +
                "10.0.0.1 db # mine\n10.201.0.2 a.x.default.mooring.internal web\n"
                "# 10.201.0.7 b.x.default.mooring.internal\n");
}

TEST(HostsBlock, OtherToolsMarksAreTheirs) {
  const std::string file = "# BEGIN mooring-vpn\n10.0.0.1 vpn\n# END mooring-vpn\n";
  EXPECT_EQ(WithHostsBlock(file, kNames), file + kBlock);
}

}  // namespace
}  // namespace mooring::docker
