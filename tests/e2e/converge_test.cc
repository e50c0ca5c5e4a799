// SPDX-License-Identifier: Apache-2.0
// From a commit to a host that is as it says, and then nothing more.
#include <filesystem>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class Converge : public EndToEnd {
 protected:
  /// An App and its Site that are looked at every second, converged.
  void Shop() {
    World& world = *world_;
    Json app = world.App("shop");
    app["spec"]["interval"] = "1s";
    Json site = world.Site("shop");
    site["spec"]["interval"] = "1s";
    world.Write("apps/shop.yaml", app);
    world.Write("sites/shop.yaml", site);
    world.Commit("Add shop");
    world.StartDaemon();
    ASSERT_TRUE(Converged());
    ASSERT_TRUE(Eventually(kSoon, [&] { return world.Serves("shop", "version 1.0.0"); }));
  }
  bool Converged() {
    return Eventually(kSoon, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    });
  }
  /// Waits for `runs` further looks at both.
  bool LookedAgain(int runs) {
    const auto count = [&](const char* kind) {
      return world_->Metric("mooring_reconcile_total", {std::string("kind=\"") + kind + "\""});
    };
    const double apps = count("App"), sites = count("Site");
    return Eventually(kSoon,
                      [&] { return count("App") >= apps + runs && count("Site") >= sites + runs; });
  }
};

TEST_F(Converge, ACommitBecomesAnAppThatAnswersThroughCaddy) {
  World& world = *world_;
  world.CommitAppWithSite("shop");
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Serves("shop", "hello from version 1.0.0"); }));
  EXPECT_TRUE(Converged());
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.hosts.Addresses("web.shop"),
            std::vector{world.engine.AddressOf(world.Container("shop"))});
  EXPECT_EQ(world.Visit("nobody").status, 404);
  EXPECT_GE(world.Events("App", "shop", "Created"), 1);
}

TEST_F(Converge, OnceConvergedNothingIsWritten) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  ASSERT_TRUE(LookedAgain(2));
  const std::string id = world.engine.IdOf(world.Container("shop"));
  const std::string started = world.engine.Inspect(id)["State"]["StartedAt"];
  const double engine_writes = world.EngineWrites();
  const int loads = world.caddy.Writes();
  ASSERT_GT(engine_writes, 0);

  ASSERT_TRUE(LookedAgain(4));
  EXPECT_EQ(world.EngineWrites(), engine_writes);
  EXPECT_EQ(world.caddy.Writes(), loads);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
  EXPECT_EQ(world.engine.Inspect(id)["State"]["StartedAt"], started);
  EXPECT_EQ(world.Events("App", "shop", "DriftFound"), 0);
  EXPECT_EQ(world.Events("Site", "shop", "DriftFound"), 0);
}

TEST_F(Converge, ARestartOfTheDaemonWritesNothing) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string id = world.engine.IdOf(world.Container("shop"));
  const std::string hosts = ReadText(kHostsFile);
  const int loads = world.caddy.Writes();
  ASSERT_TRUE(world.StopDaemon());
  EXPECT_EQ(ReadText(kHostsFile), hosts);
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));

  world.StartDaemon();
  ASSERT_TRUE(LookedAgain(3));
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.EngineWrites(), 0);
  EXPECT_EQ(world.caddy.Writes(), loads);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
}

TEST_F(Converge, WithTheStoreLostEverythingIsAdoptedAsItIs) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string id = world.engine.IdOf(world.Container("shop"));
  const std::string started = world.engine.Inspect(id)["State"]["StartedAt"];
  const int loads = world.caddy.Writes();
  ASSERT_TRUE(world.StopDaemon());
  std::filesystem::remove_all(world.File("store"));

  world.StartDaemon();
  ASSERT_TRUE(LookedAgain(3));
  ASSERT_TRUE(Converged());
  EXPECT_EQ(world.EngineWrites(), 0);
  EXPECT_EQ(world.caddy.Writes(), loads);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
  EXPECT_EQ(world.engine.Inspect(id)["State"]["StartedAt"], started);
  EXPECT_EQ(world.Get("App", "shop")["status"]["inventory"].size(), 2U);
}

TEST_F(Converge, WithStoreAndKeyLostNothingIsRestarted) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string id = world.engine.IdOf(world.Container("shop"));
  ASSERT_TRUE(world.StopDaemon());
  std::filesystem::remove_all(world.File("store"));
  std::filesystem::remove(world.File("seal"));

  world.StartDaemon();
  ASSERT_TRUE(Converged());
  ASSERT_TRUE(LookedAgain(2));
  EXPECT_EQ(world.EngineWrites(), 0);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
}

}  // namespace
}  // namespace mooring::test
