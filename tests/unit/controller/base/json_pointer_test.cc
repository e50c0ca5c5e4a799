// SPDX-License-Identifier: Apache-2.0
#include "controller/base/json_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

TEST(JsonPointer, HasItsNamesEscaped) {
  EXPECT_EQ(EscapePointer("a/b~c"), "a~1b~0c");
  EXPECT_EQ(UnescapePointer("a~1b~0c"), "a/b~c");
  EXPECT_EQ(UnescapePointer("~01"), "~1") << "each is read once";
  EXPECT_EQ(UnescapePointer("~"), "~");
  EXPECT_THAT(PointerNames("/a~1b//~01"), ::testing::ElementsAre("a/b", "", "~1"));
  EXPECT_THAT(PointerNames("/"), ::testing::ElementsAre(""));
  EXPECT_THAT(PointerNames(""), ::testing::IsEmpty());
}

}  // namespace
}  // namespace mooring
