// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_planner.h"

#include "controller/resource/reasons.h"
#include "tests/unit/reconcilers/caddy/sites.h"

namespace mooring::caddy {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SitePlannerTest : public testing::Test {
 protected:
  /// Caddy as it is after `site` was applied; `edit` is what somebody did to it since.
  void Live(const Resource& site, const std::function<void(Json&)>& edit = {}) {
    Json config = Assemble(Json(), options_, {{site.key, *RenderSite(site, options_, {})}});
    if (edit) edit(config);
    live_ = std::make_shared<LiveConfig>(Inspect(std::move(config), options_, {}));
  }
  ResourcePlan Plan(const Resource& desired, const std::string& last_applied = "") const {
    const SiteObservation observed(live_, desired.key);
    return SitePlanner(options_).Plan({.key = &desired.key,
                                       .desired = &desired,
                                       .last_applied_digest = last_applied,
                                       .observed = &observed});
  }
  ResourcePlan PlanDelete(const ResourceKey& key) const {
    const SiteObservation observed(live_, key);
    return SitePlanner(options_).Plan({.key = &key, .observed = &observed});
  }

  GatewayOptions options_;
  std::shared_ptr<const LiveConfig> live_ =
      std::make_shared<LiveConfig>(Inspect(Json(), GatewayOptions(), {}));
  const Resource site_ = ProxySite("shop", "shop.test");
};

TEST_F(SitePlannerTest, CreatesWhatIsMissing) {
  const ResourcePlan plan = Plan(site_);
  EXPECT_EQ(plan.action, Action::kCreate);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].object, "route/default/shop");
  EXPECT_EQ(plan.changes[0].reason, "missing");
  EXPECT_FALSE(plan.changes[0].drift);
  EXPECT_FALSE(plan.healthy);
  EXPECT_THAT(plan.inventory, IsEmpty());
}

TEST_F(SitePlannerTest, TakesOutWhatTheNextLoadWouldBringBack) {
  EXPECT_FALSE(PlanDelete(site_.key).HasChanges());
  const SiteObservation observed(live_, site_.key, true);
  const ResourcePlan plan = SitePlanner(options_).Plan({.key = &site_.key, .observed = &observed});
  EXPECT_EQ(plan.action, Action::kDelete);
  EXPECT_THAT(plan.changes, SizeIs(1));
}

TEST_F(SitePlannerTest, PlansNothingForWhatIsAsDesired) {
  Live(site_);
  const ResourcePlan plan = Plan(site_, site_.spec_digest);
  EXPECT_FALSE(plan.HasChanges());
  EXPECT_TRUE(plan.healthy);
  EXPECT_THAT(plan.notes, IsEmpty());
  ASSERT_THAT(plan.inventory, SizeIs(1));
  EXPECT_EQ(plan.inventory[0].name, "shop.test");
}

TEST_F(SitePlannerTest, SaysTheDifferenceInWordsOfTheSpec) {
  Resource before = site_;
  const Json api = {{"path", "/api/*"}, {"backend", "shop/api/80"}};
  before.spec["routes"].insert(before.spec["routes"].begin(), api);
  Resource after = before;
  after.spec["hosts"].push_back("store.test");
  after.spec["routes"][0]["backend"] = "shop/api/81";
  after.spec["routes"][0]["proxy"] = {{"loadBalancing", {{"tryDuration", "9s"}}}};
  after.spec["routes"][1]["backend"] = "https://cdn.test";
  after.spec["encode"] = Json::array();
  after.spec["tls"] = {{"issuer", "internal"}};
  after.spec_digest = SpecDigest(after.spec, after.derived);
  Live(before);
  const ResourcePlan plan = Plan(after, before.spec_digest);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].reason, "spec changed");
  EXPECT_FALSE(plan.changes[0].drift);
  EXPECT_THAT(plan.changes[0].diffs,
              ElementsAre(FieldDiff{"encode", "zstd, gzip", "off"},
                          FieldDiff{"hosts", "shop.test", "shop.test, store.test"},
                          FieldDiff{"routes.1.backend", "shop/web/8080", "https://cdn.test"},
                          FieldDiff{"routes.0.backend", "shop/api/80", "shop/api/81"},
                          FieldDiff{"routes.0.proxy.loadBalancing.tryDuration", "5s", "9s"},
                          FieldDiff{"tls.issuer", "acme", "internal"}));
  EXPECT_THAT(plan.notes, Contains(HasSubstr("cuts open websockets")));
}

TEST_F(SitePlannerTest, TellsDriftFromAChangedSpec) {
  Live(site_, [](Json& config) {
    config["/apps/http/servers/mooring_https/routes/0/match/0/host/0"_json_pointer] = "evil.test";
  });
  const ResourcePlan plan = Plan(site_, site_.spec_digest);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_TRUE(plan.changes[0].drift);
  EXPECT_EQ(plan.changes[0].reason, "changed in Caddy by hand");
  ASSERT_THAT(plan.drift, SizeIs(1));
  EXPECT_EQ(plan.drift[0].path, "/hosts");
  EXPECT_EQ(plan.drift[0].actual, "evil.test");
  EXPECT_EQ(plan.drift[0].desired, "shop.test");
  EXPECT_FALSE(Plan(site_, "").changes[0].drift);
}

TEST_F(SitePlannerTest, IgnoredDifferencesStandUntilTheRouteIsWrittenAnyway) {
  Resource site = site_;
  site.spec["drift"] = {{"ignore", {"/hosts"}}};
  site.spec_digest = SpecDigest(site.spec, site.derived);
  Live(site, [](Json& config) {
    config["/apps/http/servers/mooring_https/routes/0/match/0/host/0"_json_pointer] = "other.test";
  });
  for (const std::string& last_applied : {site.spec_digest, std::string()}) {
    const ResourcePlan plan = Plan(site, last_applied);
    EXPECT_FALSE(plan.HasChanges()) << last_applied;
    EXPECT_TRUE(plan.healthy);
    EXPECT_THAT(plan.drift, IsEmpty());
    EXPECT_EQ(
        plan.details["driftIgnored"],
        Json::array({{{"path", "/hosts"}, {"desired", "shop.test"}, {"actual", "other.test"}}}));
  }
  EXPECT_THAT(Plan(site, "sha256:another").changes, SizeIs(1)) << "what the spec changes is done";
}

TEST_F(SitePlannerTest, WhatNoFieldSaysIsOneDifferenceOfTheRoute) {
  Live(site_, [](Json& config) {
    config["/apps/http/servers/mooring_https/routes/0/terminal"_json_pointer] = false;
  });
  const ResourcePlan plan = Plan(site_, site_.spec_digest);
  ASSERT_THAT(plan.changes[0].diffs, SizeIs(1));
  EXPECT_EQ(plan.changes[0].diffs[0].path, "route");
  EXPECT_EQ(plan.changes[0].diffs[0].actual, "mooring:site:default:shop/terminal: false");
  EXPECT_EQ(plan.changes[0].diffs[0].desired, "true");
}

TEST_F(SitePlannerTest, ValuesThatMayBeSecretAreNotShown) {
  Resource after = site_;
  after.spec["routes"][0]["headers"] = {{"request", {{"set", {{"Authorization", "Bearer abc"}}}}}};
  Live(site_);
  const ResourcePlan plan = Plan(after, site_.spec_digest);
  EXPECT_THAT(plan.changes[0].diffs,
              ElementsAre(FieldDiff{"routes.0.headers.request.set.Authorization", "", "", true}));
}

TEST_F(SitePlannerTest, DeletesWhatIsNoLongerDesired) {
  EXPECT_FALSE(PlanDelete(site_.key).HasChanges());
  EXPECT_TRUE(PlanDelete(site_.key).healthy);
  Live(site_);
  const ResourcePlan plan = PlanDelete(site_.key);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].action, Action::kDelete);
  EXPECT_EQ(plan.impact, Impact::kDowntime);
}

TEST_F(SitePlannerTest, AMovedSiteLeavesNothingBehind) {
  Resource plain = site_;
  plain.spec["tls"] = {{"issuer", "off"}};
  Live(site_);
  const ResourcePlan plan = Plan(plain, site_.spec_digest);
  const auto& operation = static_cast<const SiteOperation&>(*plan.changes[0].operation);
  EXPECT_THAT(operation.config.parts, SizeIs(1));
  EXPECT_THAT(plan.changes[0].diffs, Contains(FieldDiff{"tls.issuer", "acme", "off"}));
}

TEST_F(SitePlannerTest, AForeignCaddyIsNamedBeforeAnythingIsTried) {
  live_ = std::make_shared<LiveConfig>(
      Inspect(Json::parse(R"({"apps":{"http":{"servers":{"srv0":{"listen":[":80"]}}}}})"), {}, {}));
  EXPECT_THAT(Plan(site_).notes, Contains(HasSubstr("Set caddy.foreign: adopt")));
  options_.foreign = Foreign::kAdopt;
  EXPECT_THAT(Plan(site_).notes, Contains("replaces what is not Mooring's in Caddy: srv0 (:80)"));
}

TEST_F(SitePlannerTest, ASpecThatCannotBeRenderedIsAChangeThatFails) {
  Resource wrong = site_;
  wrong.spec["routes"][0]["backend"] = "shop";
  const ResourcePlan plan = Plan(wrong);
  ASSERT_THAT(plan.changes, SizeIs(1));
  const auto& operation = static_cast<const SiteOperation&>(*plan.changes[0].operation);
  ASSERT_TRUE(operation.error);
  EXPECT_EQ(operation.error->reason(), reason::kInvalidSpec);
}

}  // namespace
}  // namespace mooring::caddy
