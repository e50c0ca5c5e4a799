// SPDX-License-Identifier: Apache-2.0
// Volumes with a driver, and volumes that are there already.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace mooring::testing
