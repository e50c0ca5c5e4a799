// SPDX-License-Identifier: Apache-2.0
#include "controller/web/target.h"

namespace mooring::web {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Target, IsTakenApartBeforeItIsDecoded) {
  const auto target = Target::Parse("/a%2Fb/c%20d?x=1%3D2&y&z=a+b%2B&x=3");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->segments, ElementsAre("a/b", "c d"));
  EXPECT_THAT(target->query, ElementsAre(Pair("x", "3"), Pair("y", ""), Pair("z", "a b+")));
  EXPECT_THAT(Target::Parse("/")->segments, ElementsAre(""));
  EXPECT_THAT(Target::Parse("/?")->query, ElementsAre());
}

TEST(Target, RefusesWhatNoClientOfOursSends) {
  for (const char* text : {"", "x", "*", "http://h/x", "/%", "/%2", "/%zz", "/a%00b", "/a%0d%0ab",
                           "/%7f", "/../x", "/a/./b", "/%2e%2e/x", "/x?a=%", "/x?%00=1"}) {
    EXPECT_FALSE(Target::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace mooring::web
