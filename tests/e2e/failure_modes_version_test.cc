// SPDX-License-Identifier: Apache-2.0
// What a new version can do wrong by itself, one test for each way: it ends in the state that
// docs/guides/rollouts.md names, and version 1.0.0 is what answers. tests/e2e/README.md lists all
// the ways.
#include "tests/e2e/shop_versions.h"
#include "tests/e2e/visitor.h"

namespace mooring::test {
namespace {

using ::testing::HasSubstr;

/// A version whose process is not what the image says.
class BadVersion : public ShopVersions {
 protected:
  Json Running(const std::string& script) const {
    Json app = Shop("2.0.0");
    Json& web = app["spec"]["services"]["web"];
    web["command"] = {"sh", "-c", script};
    web["stop_grace_period"] = "1s";
    return app;
  }
};

TEST_F(BadVersion, EndsAtOnce) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  Json app = Shop("exits");
  app["spec"]["rollout"]["healthTimeout"] = "2m";
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(app));
  EXPECT_THAT(Why(), HasSubstr("web (mooring-test/web:exits) exits again and again"));
  EXPECT_THAT(Why(), HasSubstr("it said last: exits: told to end at once"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, EndsAfterFiveHealthySeconds) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  ASSERT_NO_FATAL_FAILURE(
      PushAndAwaitRolledBack(Running("serve & sleep 5; echo out of ideas; exit 7")));
  EXPECT_THAT(Why(), HasSubstr("exits again and again"));
  EXPECT_THAT(Why(), HasSubstr("out of ideas"));
}

TEST_F(BadVersion, FallsIllAfterItsRollout) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world.Url("shop"));
  Json app = Shop("2.0.0");
  app["spec"]["services"]["web"]["healthcheck"]["test"] = {"CMD", "sh", "-c", "! ls /tmp/ill"};
  Push(app);
  ASSERT_TRUE(Converged()) << world.Story();
  const std::string id = world.engine.IdOf(world.Container("shop"));
  world.engine.Exec(id, "echo >/tmp/ill");
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world.Has("App", "shop", "Ready", "HealthTimeout");
  })) << world.Story();
  EXPECT_EQ(world.Condition("App", "shop", "Healthy")["status"], "False");
  EXPECT_THAT(Why(), HasSubstr("is not healthy after 3s (unhealthy)"));
  // It is the version that was applied: nobody goes back, and a sick server is better than none.
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  world.engine.Exec(id, "busybox rm /tmp/ill");
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, BeginsToCrashAfterItsRollout) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  Json app = Running(
      "test -e /tmp/broken && exit 3; serve & until test -e /tmp/broken; do sleep 0.2; done");
  Push(app);
  ASSERT_TRUE(Converged()) << world.Story();
  const std::string id = world.engine.IdOf(world.Container("shop"));
  world.engine.Exec(id, "echo >/tmp/broken");
  const auto restarts = [&] {
    return world.engine.Inspect(world.Container("shop"))["RestartCount"].get<int>();
  };
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world.Has("App", "shop", "Stalled", "CrashLoop");
  })) << world.Story();
  const int before = restarts();
  ASSERT_TRUE(Eventually(kRollout, [&] { return restarts() >= before + 2; }));
  EXPECT_EQ(world.Events("App", "shop", "CrashLoop"), 1) << "told once, not at each start";
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id) << "the engine starts it, nobody else";
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0);
}

TEST_F(BadVersion, StartsSlowlyAndSucceeds) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world.Url("shop"));
  Json app = Running("sleep 3; exec serve");
  app["spec"]["rollout"]["healthTimeout"] = "6s";
  Push(app);
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Ready", "RollingOut"); }));
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, NeedsMoreMemoryThanItMay) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  Json app = Running("exec busybox dd if=/dev/zero of=/dev/null bs=256M");
  app["spec"]["services"]["web"]["deploy"]["resources"]["limits"]["memory"] = "16M";
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(app));
  EXPECT_THAT(Why(), HasSubstr("killed for lack of memory"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, IsForAnotherMachine) {
  ASSERT_NO_FATAL_FAILURE(EnsureImages(world_->engine, {"mooring-test/web:foreign"}));
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(Shop("foreign")));
  EXPECT_THAT(Why(), HasSubstr("exec format error"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, IsHealthyEveryOtherSecond) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  Json app = Shop("2.0.0");
  Json& check = app["spec"]["services"]["web"]["healthcheck"];
  check["interval"] = "1s";
  check["test"] = {"CMD", "sh", "-c",
                   "if ls /tmp/up; then busybox rm /tmp/up; exit 1; fi; echo >/tmp/up"};
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(app));
  EXPECT_THAT(Why(), HasSubstr("is not healthy after 3s"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, OldOneIgnoresTermAndGoesAllTheSame) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(EnsureImages(world.engine, {"mooring-test/web:ignores-term"}));
  const auto shop = [&](const std::string& version) {
    Json app = Shop(version);
    app["spec"]["services"]["web"]["stop_grace_period"] = "1s";
    return app;
  };
  ASSERT_NO_FATAL_FAILURE(Start(shop("ignores-term"), "version ignores-term"));
  const Visitor visitor(world.Url("shop"));
  Push(shop("2.0.0"));
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadVersion, IsOvertakenByTheNextOne) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world.Url("shop"));
  const auto push_halfway = [&](const Json& app) {
    Push(app);
    ASSERT_TRUE(Eventually(kSoon, [&] { return world.Containers().size() == 2; }));
  };
  Json sick = Shop("unhealthy");
  sick["spec"]["rollout"]["healthTimeout"] = "2m";
  ASSERT_NO_FATAL_FAILURE(push_halfway(sick));
  ASSERT_NO_FATAL_FAILURE(push_halfway(Shop("2.0.0")));
  Json last = Shop("2.0.0");
  last["spec"]["services"]["web"]["environment"]["GREETING"] = "ahoy";
  Push(last);
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "ahoy from version 2.0.0"));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

}  // namespace
}  // namespace mooring::test
