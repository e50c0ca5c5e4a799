// SPDX-License-Identifier: Apache-2.0
// spec.autoscale: the count that is held is what is desired.
#include "reconcilers/docker/plan/labels.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;

class AppPlannerScale : public AppFixture {
 protected:
  static Resource Scaled(int least = 1, int most = 4) {
    const Json limits = {{"resources", {{"limits", {{"cpus", "1"}}}}}};
    return App({{"web", Service("web:1", {{"deploy", limits}})}}, {"web"},
               {{"autoscale",
                 {{{"service", "web"},
                   {"minReplicas", least},
                   {"maxReplicas", most},
                   {"cpuPercent", 70}}}}});
  }
  void Hold(const Resource& app, int count) { loop->counts.Set(app.key, "web", count); }
  void ConvergeTo(const Resource& app) {
    Converge(app);
    loop->applied[app.key] = app.spec_digest;
  }
  std::string Names() {
    std::string names;
    for (const auto& c : host.containers()) names += c.name + " ";
    return names;
  }
};

TEST_F(AppPlannerScale, BeginsWithTheLeast) {
  ConvergeTo(Scaled(2));
  EXPECT_EQ(Names(), "default_shop_web_1 default_shop_web_2 ");
}

TEST_F(AppPlannerScale, MoreIsNoDriftAndTouchesNoOther) {
  const Resource app = Scaled();
  ConvergeTo(app);
  const std::string first = host.Find("default_shop_web_1")->id;
  Hold(app, 3);
  const ResourcePlan plan = Plan(app);
  EXPECT_EQ(Lines(plan),
            "create container/default_shop_web_2: more replicas\n"
            "create container/default_shop_web_3: more replicas\n");
  EXPECT_TRUE(plan.drift.empty());
  EXPECT_EQ(plan.impact, Impact::kNone);
  ConvergeTo(app);
  EXPECT_EQ(host.Find("default_shop_web_1")->id, first);
  EXPECT_EQ(host.Find("default_shop_web_1")->restart_count, 0);
}

TEST_F(AppPlannerScale, WhatIsRemovedByHandComesBack) {
  const Resource app = Scaled();
  ConvergeTo(app);
  Hold(app, 3);
  ConvergeTo(app);
  (void)host.RemoveContainer("default_shop_web_3", {});
  const ResourcePlan plan = Plan(app);
  EXPECT_THAT(Lines(plan), HasSubstr("create container/default_shop_web_3: missing (drift)"));
  EXPECT_EQ(plan.drift.size(), 1u);
}

TEST_F(AppPlannerScale, FewerDrainFirst) {
  const Resource app = Scaled();
  ConvergeTo(app);
  Hold(app, 2);
  ConvergeTo(app);
  Hold(app, 1);
  EXPECT_THAT(Step(app), HasSubstr("update hosts/default_shop"));
  EXPECT_THAT(Lines(Plan(app)), HasSubstr("default_shop_web_2: draining"));
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_1"));
  ConvergeTo(app);
  EXPECT_EQ(Names(), "default_shop_web_1 ");
}

TEST_F(AppPlannerScale, ARestartBeginsWithWhatRuns) {
  const Resource app = Scaled();
  ConvergeTo(app);
  Hold(app, 3);
  ConvergeTo(app);
  Restart();
  EXPECT_EQ(Lines(Plan(app)), "");
  loop->applied.clear();
  loop->details.clear();
  EXPECT_EQ(Lines(Plan(app)), "") << "with a lost store as well";
}

TEST_F(AppPlannerScale, TheBoundsOfTheSpecCountAtOnce) {
  ConvergeTo(Scaled(1, 4));
  const Resource app = Scaled(2, 4);
  EXPECT_THAT(Lines(Plan(app)), HasSubstr("create container/default_shop_web_2"));
  Hold(app, 9);
  ConvergeTo(app);
  EXPECT_EQ(host.containers().size(), 4u);
}

TEST_F(AppPlannerScale, AnotherCountMovesTheVersion) {
  const Resource app = Scaled();
  ConvergeTo(app);
  const uint64_t before = loop->observer.Version(app.key);
  Hold(app, 2);
  EXPECT_GT(loop->observer.Version(app.key), before);
  Hold(app, 2);
  const uint64_t held = loop->observer.Version(app.key);
  loop->counts.Forget(app.key);
  EXPECT_GT(loop->observer.Version(app.key), held);
}

TEST_F(AppPlannerScale, ANewImageRollsAllOfThem) {
  Resource app = Scaled();
  ConvergeTo(app);
  Hold(app, 2);
  ConvergeTo(app);
  app.spec["services"]["web"]["image"] = "web:2";
  app.spec_digest = SpecDigest(app.spec, app.derived);
  ConvergeTo(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\ndefault_shop_web_2 running web:2\n");
}

}  // namespace
}  // namespace mooring::testing
