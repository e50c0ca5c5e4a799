// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/applied_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/clock/fake_clock.h"

namespace mooring::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

const ResourceKey kWeb{"App", "default", "web"};

class AppliedSpecsTest : public ::testing::Test {
 protected:
  /// As a source that has, at each revision, an App web with the revision as its digest.
  Result<std::shared_ptr<const DesiredSet>> Load(const std::string& source,
                                                 const std::string& revision) {
    loads_.push_back(source + " " + revision);
    if (broken_) return Fail(ErrorCode::kUnavailable, "no such commit");
    auto web = std::make_shared<Resource>();
    web->key = kWeb;
    web->spec_digest = revision;
    Diagnostics findings;
    return DesiredSet::Build(revision, {web}, {}, &findings);
  }
  static ResourceStatus Applied(const std::string& revision, const std::string& digest) {
    ResourceStatus status{.key = kWeb, .source_name = "fleet"};
    status.last_applied_revision = revision;
    status.last_applied_digest = digest;
    return status;
  }
  ResourcePtr Find(const std::string& revision) {
    return specs_.Find(Applied(revision, revision), {});
  }

  testing::FakeClock clock_;
  std::vector<std::string> loads_;
  bool broken_ = false;
  AppliedSpecs specs_{[this](const std::string& source, const std::string& revision,
                             std::stop_token) { return Load(source, revision); },
                      clock_,
                      {}};
};

TEST_F(AppliedSpecsTest, ReadsARevisionOnce) {
  const ResourcePtr web = Find("a");
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->spec_digest, "a");
  EXPECT_EQ(Find("a"), web);
  EXPECT_THAT(loads_, ElementsAre("fleet a"));
}

TEST_F(AppliedSpecsTest, AnotherSpecThanTheOneAppliedIsNone) {
  EXPECT_EQ(specs_.Find(Applied("a", "other"), {}), nullptr);
  EXPECT_EQ(specs_.Find(Applied("", ""), {}), nullptr);
  ResourceStatus gone = Applied("a", "a");
  gone.key.name = "other";
  EXPECT_EQ(specs_.Find(gone, {}), nullptr);
}

TEST_F(AppliedSpecsTest, KeepsTheTwoThatWereUsedLast) {
  Find("a");
  Find("b");
  Find("a");
  Find("c");
  Find("a");
  EXPECT_THAT(loads_, ElementsAre("fleet a", "fleet b", "fleet c"));
  Find("b");
  EXPECT_EQ(loads_.size(), 4U);
}

TEST_F(AppliedSpecsTest, WhatCannotBeReadIsTriedAgainLater) {
  broken_ = true;
  EXPECT_EQ(Find("a"), nullptr);
  broken_ = false;
  EXPECT_EQ(Find("a"), nullptr);
  EXPECT_EQ(loads_.size(), 1U);
  clock_.Advance(1min);
  EXPECT_NE(Find("a"), nullptr);
}

TEST_F(AppliedSpecsTest, DropsWhatIsNotUsed) {
  Find("a");
  clock_.Advance(61min);
  Find("b");
  specs_.DropUnused();
  Find("b");
  Find("a");
  EXPECT_THAT(loads_, ElementsAre("fleet a", "fleet b", "fleet a"));
}

}  // namespace
}  // namespace mooring::cli
