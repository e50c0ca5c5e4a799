// SPDX-License-Identifier: Apache-2.0
#include "controller/base/text.h"

namespace mooring {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Text, TimesAreRfc3339) {
  const auto time = ParseTime("2026-03-01T14:03:41Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(FormatTime(*time), "2026-03-01T14:03:41Z");
  EXPECT_EQ(ParseTime("2026-03-01T16:03:41+02:00"), time);
  EXPECT_EQ(ParseTime("2026-03-01T08:33:41-05:30"), time);
  EXPECT_EQ(*ParseTime("2026-03-01T14:03:41.250Z") - *time, milliseconds(250));
  EXPECT_EQ(*ParseTime("2026-03-01T14:03:41.250123456Z") - *time, milliseconds(250));
  EXPECT_EQ(FormatTime(*ParseTime("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
}

TEST(Text, WhatIsNoTimeIsRefused) {
  for (const char* text : {"", "now", "2026-03-01", "2026-13-01T00:00:00Z", "2026-03-01T14:03:41Zx",
                           "2026-03-01T14:03:41x02:00", "2026-03-01T14:03:41+2"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(Text, Durations) {
  EXPECT_EQ(ParseDuration("500ms"), Duration(milliseconds(500)));
  EXPECT_EQ(ParseDuration("30s"), Duration(seconds(30)));
  EXPECT_EQ(ParseDuration("1.5h"), Duration(minutes(90)));
  EXPECT_EQ(ParseDuration("7d"), Duration(hours(168)));
  EXPECT_EQ(ParseDuration("1m30s"), Duration(seconds(90)));
  EXPECT_EQ(ParseDuration("0"), Duration(0));
  for (const char* text : {"", "5", "s", "-5s", "14 days", "5s ", "1e5s", "1..5s", "999999999d"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(Text, Ages) {
  EXPECT_EQ(FormatAge(seconds(3)), "3s");
  EXPECT_EQ(FormatAge(minutes(28)), "28m");
  EXPECT_EQ(FormatAge(hours(7)), "7h");
  EXPECT_EQ(FormatAge(hours(24 * 41)), "41d");
  EXPECT_EQ(FormatAge(-seconds(5)), "0s");
}

TEST(Text, ElapsedTimes) {
  EXPECT_EQ(FormatElapsed(milliseconds(38)), "38ms");
  EXPECT_EQ(FormatElapsed(milliseconds(4100)), "4.1s");
  EXPECT_EQ(FormatElapsed(seconds(150)), "2m30s");
  EXPECT_EQ(ParseDuration(FormatElapsed(seconds(150))), Duration(seconds(150)));
}

TEST(Text, Sizes) {
  EXPECT_EQ(ParseByteCount("512Ki"), 512LL << 10);
  EXPECT_EQ(ParseByteCount("512m"), 512LL << 20);
  EXPECT_EQ(ParseByteCount("512M"), 512LL << 20);
  EXPECT_EQ(ParseByteCount("20Gi"), 20LL << 30);
  EXPECT_EQ(ParseByteCount("1.5g"), 3LL << 29);
  EXPECT_EQ(ParseByteCount("4096"), 4096);
  for (const char* text : {"", "m", "-1", "5x", "5 m", "99999999999t"}) {
    EXPECT_FALSE(ParseByteCount(text)) << text;
  }
  EXPECT_EQ(FormatByteCount(900), "900 B");
  EXPECT_EQ(FormatByteCount(412LL << 20), "412 MiB");
  EXPECT_EQ(FormatByteCount((12LL << 30) / 10), "1.2 GiB");
}

TEST(Text, NearestFindsSlipsOfThePen) {
  EXPECT_EQ(EditDistance("image", "imagee"), 1u);
  EXPECT_EQ(EditDistance("image", "iamge"), 1u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(Nearest("imagee", {"image", "init"}), "image");
  EXPECT_EQ(Nearest("replicas", {"image", "init"}), "");
  EXPECT_EQ(Nearest("x", {}), "");
}

TEST(Text, SplitAndJoinAreInverse) {
  EXPECT_THAT(Split("a/b//c", '/'), ::testing::ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(Split("", '/'), ::testing::ElementsAre(""));
  EXPECT_EQ(Join(Split("a/b//c", '/'), "/"), "a/b//c");
  EXPECT_EQ(Join({}, ", "), "");
}

TEST(Text, Counts) {
  EXPECT_EQ(Count(0, "change"), "0 changes");
  EXPECT_EQ(Count(1, "change"), "1 change");
  EXPECT_EQ(Count(2, "change"), "2 changes");
}

TEST(IsText, IsUtf8WithoutZeroBytes) {
  for (const char* text : {"", "plain", "ünïcödé 鍵 🔑", "\x01\n\t", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsText(text)) << text;
  for (const char* bytes : {"p\xe4sswort", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xff", "\x80"})
    EXPECT_FALSE(IsText(bytes));
  EXPECT_FALSE(IsText(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace mooring
