// SPDX-License-Identifier: Apache-2.0
// The engine stops, dies and comes back.
#include "tests/e2e/own_engine.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class EngineGone : public testing::Test {
 protected:
  void SetUp() override {
    EngineApi api(engine_.socket());
    ASSERT_TRUE(api.Answers()) << ReadText(engine_.LogFile());
    ASSERT_NO_FATAL_FAILURE(EnsureImages(api));
    world_ = std::make_unique<World>(engine_.socket(), "10.212.0.0/17");
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Answers());
    ASSERT_TRUE(Converged());
  }
  void TearDown() override {
    if (world_ && HasFailure()) std::cerr << world_->Story() << ReadText(engine_.LogFile());
    world_.reset();
  }
  bool Answers() {
    return Eventually(60s, [&] { return world_->Serves("shop", "hello from version 1.0.0"); });
  }
  bool Converged() {
    return Eventually(60s, [&] {
      return world_->HasConverged("App", "shop") && world_->IsReady("Host", world_->ns);
    });
  }
  Json Version2() const {
    Json app = world_->App("shop", "2.0.0");
    app["spec"]["rollout"]["healthTimeout"] = "3s";
    return app;
  }
  /// While it is away: said so, nothing else broken. Back: as before within a minute.
  void ExpectSaidAndRecovered() {
    EXPECT_TRUE(Eventually(kSoon, [&] {
      return world_->Has("Host", world_->ns, "EngineReady", "EngineUnreachable");
    }));
    EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 503; }));
    EXPECT_EQ(world_->Api("/healthz").status, 200);
    ASSERT_TRUE(engine_.Start()) << ReadText(engine_.LogFile());
    EXPECT_TRUE(Answers());
    EXPECT_TRUE(Converged());
    EXPECT_EQ(world_->Containers(), std::vector{world_->Container("shop")});
    EXPECT_EQ(world_->hosts.Addresses("web.shop"),
              std::vector{world_->engine.AddressOf(world_->Container("shop"))});
  }

  OwnEngine engine_;
  std::unique_ptr<World> world_;
};

TEST_F(EngineGone, Stopped) {
  engine_.Stop();
  ExpectSaidAndRecovered();
}

TEST_F(EngineGone, Killed) {
  engine_.Kill();
  ExpectSaidAndRecovered();
}

TEST_F(EngineGone, RestartedInTheMiddleOfARollout) {
  world_->Write("apps/shop.yaml", Version2());
  world_->Commit("Version 2");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Containers().size() == 2; }));
  engine_.Stop();
  ASSERT_TRUE(engine_.Start()) << ReadText(engine_.LogFile());
  EXPECT_TRUE(Converged());
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 2.0.0"); }));
  EXPECT_EQ(world_->Containers(), std::vector{world_->Container("shop")});
  EXPECT_EQ(world_->hosts.Addresses("web.shop"),
            std::vector{world_->engine.AddressOf(world_->Container("shop"))});
  EXPECT_EQ(world_->Events("App", "shop", "RolledBack"), 0);
}

}  // namespace
}  // namespace mooring::test
