// SPDX-License-Identifier: Apache-2.0
// New versions that fail: the one before serves on or again, and the status says why.
#include <fmt/format.h>

#include <filesystem>

#include "tests/e2e/shop_versions.h"
#include "tests/e2e/visitor.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

using ::testing::HasSubstr;

using Rollback = ShopVersions;

TEST_F(Rollback, ASickImageGoesAndTheOldContainerServesAllTheTime) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  const Visitor visitor(world.Url("shop"));
  Push(Shop("unhealthy"));
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world.Container("shop")}));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_THAT(Why(), HasSubstr("web (mooring-test/web:unhealthy) is not healthy after 3s"));
  EXPECT_THAT(Why(), HasSubstr("mooring reconcile App/" + world.ns + "/shop"));
  EXPECT_THAT(world.Mooring({"plan", "--source", world.repo.path()}).out, HasSubstr("not tried"));

  // Neither a lost store nor time lets it be tried again.
  world.KillDaemon();
  std::filesystem::remove_all(world.File("store"));
  world.StartDaemon();
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world.Container("shop")}));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_EQ(world.EngineWrites(), 0);

  // A person does, and it fails again; a revert is at peace.
  ASSERT_EQ(world.Mooring({"reconcile", "app/shop", "-n", world.ns}).exit_code, 0);
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.EngineWrites() > 0; }));
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world.Container("shop")}));
  Push(Shop());
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.HasConverged("App", "shop"); }));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(Rollback, WhatIsRecreatedComesBack) {
  World& world = *world_;
  const int port = FreePort();
  Json app = Shop();
  app["spec"]["services"]["web"]["ports"] = {fmt::format("127.0.0.1:{}:8080", port)};
  ASSERT_NO_FATAL_FAILURE(Start(app));
  app["spec"]["services"]["web"]["image"] = "mooring-test/web:unhealthy";
  Push(app);
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world.Container("shop")}));
  const std::string direct = fmt::format("http://localhost:{}/version", port);
  EXPECT_EQ(WebGet(direct).body, "1.0.0\n");
}

TEST_F(Rollback, WhatCannotBeStartedGoes) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  Json app = Shop("2.0.0");
  app["spec"]["services"]["web"]["entrypoint"] = {"/bin/nothing"};
  Push(app);
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world_->Container("shop")}));
  EXPECT_THAT(Why(), HasSubstr("/bin/nothing"));
}

TEST_F(Rollback, AllServicesGoBackTogether) {
  World& world = *world_;
  Json app = Shop();
  app["spec"]["services"]["worker"] = World::Service();
  ASSERT_NO_FATAL_FAILURE(Start(app));
  // web of the new version is well; worker, which follows it, is not.
  app["spec"]["services"]["web"]["image"] = "mooring-test/web:2.0.0";
  app["spec"]["services"]["worker"]["image"] = "mooring-test/web:unhealthy";
  app["spec"]["services"]["worker"]["healthcheck"]["retries"] = 1;
  app["spec"]["services"]["worker"]["depends_on"] = {{"web", {{"condition", "service_healthy"}}}};
  Push(app);
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.Serves("shop", "version 2.0.0"); }));
  ASSERT_NO_FATAL_FAILURE(
      AwaitRolledBack({world.Container("shop"), world.Container("shop", 1, "worker")}));
  EXPECT_THAT(Why(), HasSubstr("worker (mooring-test/web:unhealthy)"));
}

TEST_F(Rollback, KilledOnTheWayBackItGetsThere) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  Json app = Shop("unhealthy");
  app["spec"]["rollout"]["strategy"] = "Recreate";
  Push(app);
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return std::filesystem::exists(world.File("failed.json")) || !world.DaemonRuns();
  }));
  world.KillDaemon();
  world.StartDaemon();
  AwaitRolledBack({world.Container("shop")});
}

}  // namespace
}  // namespace mooring::test
