// SPDX-License-Identifier: Apache-2.0
// spec.deletionPolicy: what happens to data once the document is gone, and what it takes.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Deletion : public AppFixture {
 protected:
  static constexpr char kData[] = "default_shop_data";
  static constexpr char kCache[] = "default_shop_cache";

  static Resource Shop(const std::string& policy, const std::string& confirm = "",
                       Json volumes = {{"data", Json::object()}, {"cache", Json::object()}}) {
    Json more = {{"deletionPolicy", policy}, {"volumes", volumes}};
    if (!confirm.empty()) more["confirm"] = confirm;
    const Json mounts = {{{"type", "volume"}, {"source", "data"}, {"target", "/data"}},
                         {{"type", "volume"}, {"source", "cache"}, {"target", "/cache"}}};
    return App({{"web", Service("web:1", {{"volumes", mounts}})}}, {}, more);
  }
  /// On the host and remembered.
  ResourcePlan Settle(const Resource& app) {
    Converge(app);
    loop->applied[app.key] = app.spec_digest;
    return Plan(app);
  }
  ResourcePlan Gone() { return Plan(nullptr, {"App", "default", "shop"}); }
  bool HasVolume(const std::string& name) {
    const auto volumes = host.ListVolumes({});
    return std::ranges::any_of(*volumes, [&](const auto& v) { return v.name == name; });
  }
};

TEST_F(Deletion, RetainKeepsVolumesAndAsksNothing) {
  const ResourcePlan plan = Settle(Shop("Retain"));
  EXPECT_EQ(plan.confirm, "");
  EXPECT_THAT(Gone().notes,
              Contains("data kept: volumes default_shop_cache (0 B), default_shop_data (0 B)"));
}

TEST_F(Deletion, DeleteAsksForATokenAndGoesOn) {
  const ResourcePlan plan = Settle(Shop("Delete"));
  EXPECT_THAT(plan.confirm, ::testing::MatchesRegex("delete-[0-9a-f]{8}"));
  EXPECT_THAT(plan.notes, Contains(HasSubstr("write confirm: " + plan.confirm)));
  EXPECT_FALSE(plan.HasChanges());
  EXPECT_FALSE(plan.wait);
  EXPECT_TRUE(plan.healthy);
}

TEST_F(Deletion, WithoutTheTokenDataStays) {
  Settle(Shop("Delete"));
  const ResourcePlan plan = Gone();
  EXPECT_THAT(Lines(plan), Not(HasSubstr("volume/")));
  EXPECT_THAT(plan.notes,
              Contains(HasSubstr("because deletionPolicy Delete was not confirmed for it")));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
}

TEST_F(Deletion, ConfirmedVolumesGoWithTheDocument) {
  const std::string token = Settle(Shop("Delete")).confirm;
  EXPECT_EQ(Settle(Shop("Delete", token)).confirm, "");
  const ResourcePlan plan = Gone();
  EXPECT_EQ(plan.impact, Impact::kDataLoss);
  EXPECT_THAT(plan.notes,
              Contains("data lost: volumes default_shop_cache (0 B), default_shop_data (0 B)"));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_EQ(Containers(), "");
  EXPECT_FALSE(HasVolume(kData));
  EXPECT_FALSE(HasVolume(kCache));
}

TEST_F(Deletion, ATokenIsForTheVolumesThatItNamed) {
  const std::string token = Settle(Shop("Delete")).confirm;
  const Json more = {{"data", Json::object()}, {"cache", Json::object()}, {"more", Json::object()}};
  Settle(Shop("Delete", "", more));
  const ResourcePlan plan = Settle(Shop("Delete", token, more));
  EXPECT_NE(plan.confirm, "");
  EXPECT_NE(plan.confirm, token);
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
}

TEST_F(Deletion, WhatWasMadeAfterwardsUnderTheNameStays) {
  const std::string token = Settle(Shop("Delete")).confirm;
  Settle(Shop("Delete", token));
  ASSERT_TRUE(host.RemoveContainer("default_shop_web_1", {}));
  ASSERT_TRUE(host.RemoveVolume(kData, {}));
  ASSERT_TRUE(host.CreateVolume({{"Name", kData}, {"Labels", {{"made-by", "hand"}}}}, {}));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
  EXPECT_FALSE(HasVolume(kCache));
}

TEST_F(Deletion, ALabelKeepsAVolume) {
  const Json volumes = {{"data", {{"labels", {{"mooring.dev/prune", "disabled"}}}}},
                        {"cache", Json::object()}};
  const std::string token = Settle(Shop("Delete", "", volumes)).confirm;
  Settle(Shop("Delete", token, volumes));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
  EXPECT_FALSE(HasVolume(kCache));
}

TEST_F(Deletion, WhatTheDocumentSaidLastCountsAlsoIfItWasNotApplied) {
  const std::string token = Settle(Shop("Delete")).confirm;
  Settle(Shop("Delete", token));
  // Its newer spec said Retain, failed, and made room for the one before.
  loop->documents[{"App", "default", "shop"}] = Shop("Retain").spec_digest;
  EXPECT_THAT(Lines(Gone()), Not(HasSubstr("volume/")));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
  EXPECT_TRUE(HasVolume(kCache));
}

TEST_F(Deletion, ARemovalThatFailsInTheMiddleIsFinished) {
  const std::string token = Settle(Shop("Delete")).confirm;
  Settle(Shop("Delete", token));
  const ResourcePlan plan = Gone();
  host.FailWrite(4, Error(ErrorCode::kUnavailable, "volume is in use"));
  ASSERT_FALSE(loop->Apply(plan));
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_FALSE(HasVolume(kData));
  EXPECT_FALSE(HasVolume(kCache));
}

TEST_F(Deletion, OrphanTouchesNothing) {
  Settle(Shop("Orphan"));
  const ResourcePlan plan = Gone();
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(plan.wait);
  EXPECT_EQ(plan.wait->reason, "Orphaned");
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Deletion, APreviewWithoutAMemoryDoesNotSayThatDataStays) {
  Settle(Shop("Delete"));
  const ResourceKey key = {"App", "default", "shop"};
  const auto seen = loop->observer.Observe(key, nullptr, {});
  ASSERT_TRUE(seen);
  const ResourcePlan plan = loop->planner.Plan({.key = &key, .observed = seen->get()});
  EXPECT_TRUE(plan.data_unknown);
  EXPECT_THAT(plan.notes, Contains(HasSubstr("which only the daemon knows")));
}

TEST_F(Deletion, WhereNobodyRemembersDataStays) {
  const std::string token = Settle(Shop("Delete")).confirm;
  Settle(Shop("Delete", token));
  loop->details.clear();
  Finish(nullptr, {"App", "default", "shop"});
  EXPECT_TRUE(HasVolume(kData));
}

}  // namespace
}  // namespace mooring::testing
