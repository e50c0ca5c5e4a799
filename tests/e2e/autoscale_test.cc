// SPDX-License-Identifier: Apache-2.0
// Load in a container brings a second one, and its end takes it away.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

using ::testing::HasSubstr;

class Autoscale : public EndToEnd {
 protected:
  /// Its container is kept busy for as long as /tmp/load says on.
  Json Shop() const {
    Json app = world_->App("shop");
    Json& web = app["spec"]["services"]["web"];
    web.erase("healthcheck");
    web["stop_grace_period"] = "1s";
    web["command"] = {"sh", "-c",
                      "echo off >/tmp/load; serve & "
                      "while :; do grep -q on /tmp/load || sleep 1; done"};
    web["deploy"]["resources"]["limits"] = {{"cpus", "0.3"}, {"memory", "64M"}};
    app["spec"]["autoscale"] = {{{"service", "web"},
                                 {"maxReplicas", 2},
                                 {"cpuPercent", 50},
                                 {"scaleUpAfter", "5s"},
                                 {"scaleDownAfter", "10s"}}};
    return app;
  }
  void SetLoad(const std::string& load) {
    ASSERT_EQ(world_->engine.Exec(world_->Container("shop"), "echo " + load + " >/tmp/load"), 200);
  }
  bool HasContainers(int count) const {
    const Json app = world_->Get("App", "shop");
    const Json healthy = app.value(Json::json_pointer("/status/services/web/healthy"), Json());
    return healthy == count && world_->HasConverged("App", "shop") &&
           static_cast<int>(world_->Containers().size()) == count;
  }
};

TEST_F(Autoscale, FollowsTheLoadAndTouchesNoOtherContainer) {
  World& world = *world_;
  world.CommitAppWithSite("shop", Shop());
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] { return HasContainers(1); })) << world.Story();
  const std::string first = world.engine.IdOf(world.Container("shop"));
  const Json started = world.engine.Inspect(world.Container("shop"))["State"]["StartedAt"];
  const double drift = world.Metric("mooring_drift_found_total");

  ASSERT_NO_FATAL_FAILURE(SetLoad("on"));
  ASSERT_TRUE(Eventually(90s, [&] { return HasContainers(2); })) << world.Story();
  EXPECT_EQ(world.Get("App", "shop")["status"]["services"]["web"]["replicas"], 2);
  EXPECT_EQ(world.Metric("mooring_app_replicas", {"name=\"shop\"", "service=\"web\""}), 2);
  EXPECT_EQ(world.Events("App", "shop", "Scaled"), 1);
  EXPECT_EQ(world.hosts.Addresses("web.shop").size(), 2u);
  EXPECT_THAT(world.Mooring({"plan", "--source", world.repo.path()}).out, HasSubstr("2 unchanged"));

  // A restart goes on with what runs, and what is removed by hand comes back.
  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Metric("mooring_app_replicas", {"name=\"shop\""}) == 2;
  })) << world.Story();
  EXPECT_EQ(world.EngineWrites(), 0);
  const std::string second = world.engine.IdOf(world.Container("shop", 2));
  world.engine.Do("DELETE", "/containers/" + second + "?force=1");
  ASSERT_TRUE(Eventually(kSoon, [&] {
    const std::string now = world.engine.IdOf(world.Container("shop", 2));
    return !now.empty() && now != second && HasContainers(2);
  })) << world.Story();

  ASSERT_NO_FATAL_FAILURE(SetLoad("off"));
  ASSERT_TRUE(Eventually(120s, [&] { return HasContainers(1); })) << world.Story();
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), first);
  EXPECT_EQ(world.engine.Inspect(world.Container("shop"))["State"]["StartedAt"], started);
  EXPECT_EQ(world.Events("App", "shop", "Scaled"), 2);
  EXPECT_EQ(drift, 0) << "scaling up is no drift";
}

}  // namespace
}  // namespace mooring::test
