// SPDX-License-Identifier: Apache-2.0
// Volumes with a driver, and volumes that are there already.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AppVolumes : public AppFixture {
 protected:
  static Resource WithVolume(Json volume) {
    const Json mount = {{"type", "volume"}, {"source", "data"}, {"target", "/data"}};
    return App({{"web", Service("web:1", {{"volumes", {mount}}})}}, {},
               {{"volumes", {{"data", std::move(volume)}}}});
  }
  std::string BlockedBy(const Resource& app) {
    const ResourcePlan plan = Plan(app);
    return plan.blocked ? plan.blocked->message() : "";
  }
};

TEST_F(AppVolumes, AreMadeWithTheirDriverAndKeepIt) {
  const Json nfs = {{"driver_opts", {{"type", "nfs"}, {"device", ":/data"}}}};
  Converge(WithVolume(nfs));
  loop->observer.ForgetAll();
  EXPECT_EQ(Lines(Plan(WithVolume(nfs))), "");
  Json other = nfs;
  other["driver_opts"]["device"] = ":/other";
  EXPECT_THAT(BlockedBy(WithVolume(other)),
              HasSubstr("volumes.data.driver_opts.device is not what volume default_shop_data was "
                        "made with, and its data stays"));
  EXPECT_THAT(BlockedBy(WithVolume({{"driver", "rexray"}})), HasSubstr("volumes.data.driver"));
}

TEST_F(AppVolumes, OneOfAnotherInstanceIsNotTaken) {
  ASSERT_TRUE(host.CreateVolume({{"Name", "default_shop_data"},
                                 {"Labels",
                                  {{"mooring.dev/instance", "demo"},
                                   {"mooring.dev/kind", "App"},
                                   {"mooring.dev/namespace", "default"},
                                   {"mooring.dev/name", "shop"}}}},
                                {}));
  const Resource app = WithVolume(Json::object());
  EXPECT_THAT(BlockedBy(app), HasSubstr("a volume named default_shop_data is there of "
                                        "App/default/shop of the Mooring instance demo"));
  EXPECT_EQ(BlockedBy(WithVolume({{"external", true}, {"name", "default_shop_data"}})), "");
  // An App that was here before keeps its data, also when its host has got another name.
  loop->applied[app.key] = "before";
  EXPECT_EQ(BlockedBy(app), "");
}

TEST_F(AppVolumes, NothingIsMadeWithoutAnExternalOneOrWithThatOfOthers) {
  const Resource app = WithVolume({{"external", true}, {"name", "elsewhere"}});
  EXPECT_THAT(BlockedBy(app), HasSubstr("volume elsewhere is external and not on this host"));
  EXPECT_THAT(Lines(Plan(app)), Not(HasSubstr("container/")));
  ASSERT_TRUE(host.CreateVolume({{"Name", "elsewhere"}}, {}));
  loop->observer.ForgetAll();
  EXPECT_THAT(Lines(Plan(app)), HasSubstr("container/"));
}

/// Each container has its own, and its successor gets it: they never write to it at the same time.
TEST_F(AppVolumes, WhatLiesInOneWithoutANameGoesOn) {
  const auto app = [](const std::string& image) {
    const Json mount = {{"type", "volume"}, {"target", "/data/"}};
    return App({{"web", Service(image, {{"volumes", {mount}}, {"deploy", {{"replicas", 2}}}})}});
  };
  const auto volume_of = [&](const std::string& name) {
    const auto details = host.InspectContainer(host.Find(name)->id, {});
    return details->unnamed_volumes.at("/data/");
  };
  Converge(app("web:1"));
  const std::string first = volume_of("default_shop_web_1");
  const std::string second = volume_of("default_shop_web_2");
  EXPECT_NE(first, second);
  loop->observer.ForgetAll();
  EXPECT_EQ(Lines(Plan(app("web:1"))), "") << "the engine gave it a name, which is no drift";

  const ResourcePlan plan = Plan(app("web:2"));
  EXPECT_EQ(plan.impact, Impact::kDowntime) << "the old one stops first";
  for (const char* image : {"web:2", "web:1"}) {
    Converge(app(image));
    EXPECT_EQ(volume_of("default_shop_web_1"), first);
    EXPECT_EQ(volume_of("default_shop_web_2"), second);
    loop->observer.ForgetAll();
    EXPECT_EQ(Lines(Plan(app(image))), "");
  }
}

}  // namespace
}  // namespace mooring::testing
