// SPDX-License-Identifier: Apache-2.0
// Later commits: new images, new environments, more and fewer containers.
#include <fmt/format.h>

#include <filesystem>

#include "tests/e2e/visitor.h"
#include "tests/e2e/world.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

class Rollout : public EndToEnd {
 protected:
  void Shop() {
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 1.0.0"); }));
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("App", "shop"); }));
  }
  void Change(const Json& app) {
    world_->Write("apps/shop.yaml", app);
    world_->Commit("Change shop");
  }
  bool Converged(std::chrono::milliseconds patience = kRollout) {
    return Eventually(patience, [&] { return world_->HasConverged("App", "shop"); });
  }
};

TEST_F(Rollout, ANewImageRollsWithoutAFailedRequest) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string before = world.engine.IdOf(world.Container("shop"));
  const int loads = world.caddy.Writes();
  const Visitor visitor(world.Url("shop"));
  Json app = world.App("shop", "2.0.0");
  app["spec"]["services"]["web"]["environment"]["GREETING"] = "ahoy";
  Change(app);
  ASSERT_TRUE(
      Eventually(kRollout, [&] { return world.Serves("shop", "ahoy from version 2.0.0"); }));
  ASSERT_TRUE(Converged());

  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
  EXPECT_GT(visitor.visits(), 50);
  EXPECT_EQ(world.caddy.Writes(), loads) << "a rollout needs no reload";
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_NE(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_EQ(world.hosts.Addresses("web.shop"),
            std::vector{world.engine.AddressOf(world.Container("shop"))});
  EXPECT_GE(world.Events("App", "shop", "Replaced"), 1);
}

TEST_F(Rollout, ALimitChangesInPlace) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string before = world.engine.IdOf(world.Container("shop"));
  Json app = world.App("shop");
  app["spec"]["services"]["web"]["deploy"]["resources"]["limits"]["memory"] = "64M";
  Change(app);
  ASSERT_TRUE(Converged());
  Json seen = world.engine.Inspect(world.Container("shop"));
  EXPECT_EQ(seen["Id"], before);
  EXPECT_EQ(seen["HostConfig"]["Memory"], 64 << 20);
}

TEST_F(Rollout, AServiceComesAndGoes) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string web = world.engine.IdOf(world.Container("shop"));
  Json app = world.App("shop");
  app["spec"]["services"]["worker"] = World::Service();
  Change(app);
  const std::string worker = world.Container("shop", 1, "worker");
  ASSERT_TRUE(Eventually(kSoon, [&] { return !world.engine.IdOf(worker).empty(); }));
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.Condition("App", "shop", "Ready")["message"], "2 of 2 services healthy");

  Change(world.App("shop"));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.engine.IdOf(worker).empty(); }));
  EXPECT_TRUE(Converged());
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), web) << "web has nothing to do with it";
}

TEST_F(Rollout, ThreeReplicasAndBackToOne) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const Visitor visitor(world.Url("shop"));
  Json app = world.App("shop");
  app["spec"]["services"]["web"]["deploy"]["replicas"] = 3;
  Change(app);
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.hosts.Addresses("web.shop").size() == 3; }));
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.Containers(), (std::vector{world.Container("shop", 1), world.Container("shop", 2),
                                             world.Container("shop", 3)}));

  app["spec"]["services"]["web"]["deploy"]["replicas"] = 1;
  Change(app);
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.Containers().size() == 1; }));
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.hosts.Addresses("web.shop"),
            std::vector{world.engine.AddressOf(world.Container("shop"))});
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(Rollout, APublishedPortIsReplacedByRecreateAndThePlanSaysSo) {
  World& world = *world_;
  const int port = FreePort();
  Json app = world.App("shop");
  app["spec"]["services"]["web"]["ports"] = {fmt::format("127.0.0.1:{}:8080", port)};
  world.CommitAppWithSite("shop", app);
  world.StartDaemon();
  ASSERT_TRUE(Converged(kSoon));
  const std::string direct = fmt::format("http://localhost:{}/version", port);
  EXPECT_EQ(WebGet(direct).body, "1.0.0\n");

  app["spec"]["services"]["web"]["image"] = "mooring-test/web:2.0.0";
  world.Write("apps/shop.yaml", app);
  const CommandResult plan = world.Mooring({"plan", "--source", world.repo.path()});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_NE(plan.out.find("downtime"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("Recreate"), std::string::npos) << plan.out;

  world.Commit("Version 2");
  EXPECT_TRUE(Eventually(kRollout, [&] { return WebGet(direct).body == "2.0.0\n"; }));
  EXPECT_TRUE(Converged());
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
}

TEST_F(Rollout, ANewRestartedAtReplacesTheContainerOnce) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const Visitor visitor(world.Url("shop"));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  Json app = world.App("shop");
  app["spec"]["restartedAt"] = "2026-03-01T09:00:00Z";
  Change(app);
  ASSERT_TRUE(Converged());
  const std::string anew = world.engine.IdOf(world.Container("shop"));
  EXPECT_NE(anew, before);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();

  world.KillDaemon();
  std::filesystem::remove_all(world.File("store"));
  world.StartDaemon();
  ASSERT_TRUE(Converged());
  app["spec"].erase("restartedAt");
  Change(app);
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), anew);
}

TEST_F(Rollout, WithoutAWayBackASickImageLeavesTheOldContainerServing) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string before = world.engine.IdOf(world.Container("shop"));
  const Visitor visitor(world.Url("shop"));
  Json app = world.App("shop", "unhealthy");
  app["spec"]["rollout"]["healthTimeout"] = "2s";
  app["spec"]["rollout"]["autoRollback"] = false;
  app["spec"]["services"]["web"]["healthcheck"]["retries"] = 1;
  Change(app);
  ASSERT_TRUE(
      Eventually(kRollout, [&] { return world.Has("App", "shop", "Ready", "HealthTimeout"); }));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));

  Change(world.App("shop"));
  EXPECT_TRUE(Converged());
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
}

}  // namespace
}  // namespace mooring::test
