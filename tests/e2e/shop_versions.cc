// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/shop_versions.h"

namespace mooring::test {

Json ShopVersions::Shop(const std::string& version) const {
  Json app = world_->App("shop", version);
  app["spec"]["rollout"]["healthTimeout"] = "3s";
  app["spec"]["services"]["web"]["healthcheck"]["retries"] = 1;
  return app;
}

Json ShopVersions::ShopWithJob(const std::string& version, const std::string& script) const {
  Json app = Shop(version);
  Json& migrate = app["spec"]["services"]["migrate"];
  migrate = World::Service();
  migrate.erase("healthcheck");
  migrate["command"] = {"sh", "-c", script};
  migrate["stop_grace_period"] = "1s";
  app["spec"]["jobs"] = {{{"service", "migrate"}, {"preDeploy", true}}};
  return app;
}

void ShopVersions::Start(const Json& app, const std::string& text) {
  world_->CommitAppWithSite("shop", app);
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", text); }));
}

void ShopVersions::Push(const Json& app) {
  world_->Write("apps/shop.yaml", app);
  world_->Commit("Change shop");
}

void ShopVersions::PushAndAwaitRolledBack(const Json& app) {
  const std::string before = world_->engine.IdOf(world_->Container("shop"));
  Push(app);
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world_->Container("shop")}));
  EXPECT_EQ(world_->engine.IdOf(world_->Container("shop")), before);
  EXPECT_EQ(world_->hosts.Addresses("web.shop"),
            std::vector{world_->engine.AddressOf(world_->Container("shop"))});
}

void ShopVersions::AwaitRolledBack(const std::vector<std::string>& containers) {
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world_->Has("App", "shop", "Ready", "RolledBack");
  })) << world_->Story();
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->Containers() == containers; }));
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world_->Condition("App", "shop", "Healthy")["status"] == "True";
  })) << world_->Story();
  EXPECT_EQ(world_->Condition("App", "shop", "Stalled")["reason"], "RolledBack");
  EXPECT_GE(world_->Events("App", "shop", "RolledBack"), 1);
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 1.0.0"); }));
}

bool ShopVersions::Converged() const {
  return Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); });
}

std::string ShopVersions::Why() const {
  return world_->Condition("App", "shop", "Ready").value("message", "");
}

}  // namespace mooring::test
