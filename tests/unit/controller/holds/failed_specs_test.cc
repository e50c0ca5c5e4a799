// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/failed_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ResourceKey kWeb{"App", "default", "web"};

FailedSpec Failed(const ResourceKey& key = kWeb) {
  return {.key = key,
          .digest = "sha256:2",
          .revision = "main@sha1:a90d3f7",
          .reason = "HealthTimeout",
          .cause = "web (web:2) is not healthy after 2m (unhealthy)",
          .since = Time(std::chrono::seconds(1'772'373'821)),
          .source = "fleet",
          .applied_revision = "main@sha1:4b1c9e2",
          .applied_digest = "sha256:1"};
}

class FailedSpecsTest : public ::testing::Test {
 protected:
  TempDir dir_;
  const std::string file_ = dir_.File("etc/failed.json");
};

TEST_F(FailedSpecsTest, TheFileIsPrivateAndOutlivesTheProcess) {
  {
    FailedSpecs failed(file_);
    EXPECT_FALSE(failed.Find(kWeb));
    ASSERT_TRUE(failed.Put(Failed()));
    struct stat info{};
    ASSERT_EQ(::stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U);
  }
  const FailedSpecs again(file_);
  EXPECT_EQ(again.damage(), "");
  EXPECT_EQ(again.Find(kWeb), Failed());
  EXPECT_EQ(*ReadFailedSpecs(file_), again.All());
}

TEST_F(FailedSpecsTest, OfOneResourceTheLastFailureCountsUntilItIsForgotten) {
  FailedSpecs failed(file_);
  ASSERT_TRUE(failed.Put(Failed()));
  ASSERT_TRUE(failed.Put(Failed({"App", "blue", "web"})));
  FailedSpec newer = Failed();
  newer.digest = "sha256:3";
  ASSERT_TRUE(failed.Put(newer));
  EXPECT_EQ(failed.All().size(), 2U);
  EXPECT_EQ(failed.Find(kWeb)->digest, "sha256:3");
  ASSERT_TRUE(failed.Forget(kWeb));
  ASSERT_TRUE(failed.Forget(kWeb)) << "nothing to forget is fine";
  EXPECT_FALSE(FailedSpecs(file_).Find(kWeb));
}

TEST_F(FailedSpecsTest, ADamagedFileIsMovedAsideAndTold) {
  for (const char* text : {"{", "{}", R"({"version": 2, "failed": []})",
                           R"({"version": 1, "failed": [{"resource": "App/default/web"}]})"}) {
    std::filesystem::create_directories(std::filesystem::path(file_).parent_path());
    std::ofstream(file_) << text;
    FailedSpecs failed(file_);
    EXPECT_THAT(failed.damage(), HasSubstr("it is now " + file_ + ".damaged")) << text;
    EXPECT_THAT(failed.All(), IsEmpty());
    ASSERT_TRUE(failed.Put(Failed()));
    EXPECT_EQ(FailedSpecs(file_).damage(), "");
    std::filesystem::remove(file_);
  }
}

TEST_F(FailedSpecsTest, WhatCannotBeWrittenDoesNotCount) {
  std::filesystem::create_directories(file_ + ".new/in the way");
  FailedSpecs failed(file_);
  EXPECT_FALSE(failed.Put(Failed()));
  EXPECT_FALSE(failed.Find(kWeb));
}

TEST_F(FailedSpecsTest, ThePersonWhoReadsItKnowsWhatToDo) {
  EXPECT_EQ(DescribeFailedSpec(Failed()),
            "web (web:2) is not healthy after 2m (unhealthy); what was applied before runs, and "
            "this spec is not tried again until it changes or somebody wants it: mooring reconcile "
            "App/default/web");
}

}  // namespace
}  // namespace mooring
