// SPDX-License-Identifier: Apache-2.0
#include "controller/source/input_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/revision.h"

namespace mooring {
namespace {

using testing::HasSubstr;

TEST(NormalizeFolder, TakesWhatPeopleWrite) {
  EXPECT_EQ(NormalizeFolder("").value(), "");
  EXPECT_EQ(NormalizeFolder(".").value(), "");
  EXPECT_EQ(NormalizeFolder("./").value(), "");
  EXPECT_EQ(NormalizeFolder("/fleet").value(), "fleet");
  EXPECT_EQ(NormalizeFolder("./fleet//prod/").value(), "fleet/prod");
  EXPECT_EQ(NormalizeFolder("a/../..").error().code(), ErrorCode::kInvalidArgument);
}

TEST(CheckPath, LetsOrdinaryNamesIn) {
  for (const char* path : {"a", "apps/shop/app.yaml", "..a/b..", "caf\xc3\xa9.yaml", "\xe2\x82\xac",
                           "\xf0\x9f\x9a\xa2", "a b"}) {
    EXPECT_TRUE(CheckPath(path)) << path;
  }
}

TEST(CheckPath, KeepsOthersOut) {
  for (const std::string& path :
       {std::string(""), std::string("/a"), std::string("a//b"), std::string("a/../b"),
        std::string("."), std::string("a\nb"), std::string("\x1b[31m"), std::string("a\x7f"),
        std::string("nul\0", 4), std::string("caf\xe9"), std::string("\xc0\xaf"),
        std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82"),
        std::string(5000, 'a')}) {
    const Status checked = CheckPath(path);
    ASSERT_FALSE(checked) << path.size();
    EXPECT_EQ(checked.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_LT(checked.error().message().size(), 600u);
  }
  EXPECT_THAT(CheckPath("apps/caf\xe9.yaml").error().message(),
              HasSubstr("apps/caf\\xe9.yaml has a name that is not UTF-8"));
}

TEST(Revision, HasALongAndAShortForm) {
  const std::string commit = "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96";
  EXPECT_EQ((Revision{"main", commit}.ToString()), "main@sha1:" + commit);
  EXPECT_EQ((Revision{"main", commit}.ToShortString()), "main@4b1c9e2");
  EXPECT_EQ((Revision{"", commit}.ToString()), "sha1:" + commit);
  EXPECT_EQ((Revision{"", commit}.ToShortString()), "4b1c9e2");
  EXPECT_EQ((Revision{"main", ""}.ToString()), "main");
}

}  // namespace
}  // namespace mooring
