// SPDX-License-Identifier: Apache-2.0
// The daemon is killed at every step of a rollout: before each request that changes the engine, and
// after each that it did not hear the answer of. It gets there all the same.
#include <fmt/format.h>

#include "tests/e2e/killing_proxy.h"
#include "tests/e2e/shop_versions.h"
#include "tests/e2e/visitor.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

using When = KillingProxy::When;

/// No rollout of a few containers has as many steps.
constexpr int kMostSteps = 100;

class EveryStep : public ShopVersions {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(ShopVersions::SetUp());
    proxy_ = std::make_unique<KillingProxy>(world_->File("engine.sock"), SharedEngine());
    world_->Configure("/docker/socket", proxy_->socket());
  }
  void TearDown() override {
    if (proxy_ != nullptr) proxy_->Disarm();
    ShopVersions::TearDown();
    proxy_.reset();
  }
  Json Replicas(int count, const std::string& version = "1.0.0") const {
    Json app = Shop(version);
    app["spec"]["services"]["web"]["deploy"]["replicas"] = count;
    return app;
  }
  static Json Recreated(Json app) {
    app["spec"]["rollout"]["strategy"] = "Recreate";
    return app;
  }
  std::vector<std::string> Webs(int count) const {
    std::vector<std::string> names;
    for (int replica = 1; replica <= count; ++replica)
      names.push_back(world_->Container("shop", replica));
    return names;
  }
  bool HasConverged() const { return world_->HasConverged("App", "shop"); }
  bool IsRolledBack() const {
    return world_->Has("App", "shop", "Ready", "RolledBack") &&
           world_->Condition("App", "shop", "Healthy")["status"] == "True";
  }
  /// Runs the daemon until it is killed; false when it got to the end before.
  bool LivesUntilKilled(When when, int step, const std::function<bool()>& at_end) {
    proxy_->Arm(when, step);
    world_->LaunchDaemon();
    EXPECT_TRUE(Eventually(kRollout, [&] { return !world_->DaemonRuns() || at_end(); }))
        << world_->Story();
    killed_at_ = proxy_->killed_at();
    proxy_->Disarm();
    return !world_->DaemonRuns();
  }
  /// `app` is committed to a daemon that does one step in each two lives: one ends before it, the
  /// next one when it is done. One that asks for the same again (to stop what has stopped) gets as
  /// far as to the request after it. The number of lives.
  int PushThroughKills(const Json& app, const std::function<bool()>& at_end) {
    world_->KillDaemon();
    Push(app);
    int step = 1;
    std::string done;
    for (int life = 0; life < kMostSteps; life += 2) {
      if (!LivesUntilKilled(When::kBefore, step, at_end)) return life;
      if (!LivesUntilKilled(When::kAfter, step, at_end)) return life + 1;
      if (HasFailure()) return life;
      step = killed_at_ == done ? step + 1 : 1;
      done = killed_at_;
    }
    ADD_FAILURE() << "it never gets to the end\n" << world_->Story();
    return kMostSteps;
  }
  /// As many containers as asked for, each in the hosts file, and nothing else in either.
  void ExpectWhole(int replicas, const std::string& version) {
    std::vector<std::string> addresses;
    for (const std::string& web : Webs(replicas))
      addresses.push_back(world_->engine.AddressOf(web));
    std::vector<std::string> named = world_->hosts.Addresses("web.shop");
    EXPECT_THAT(named, ::testing::UnorderedElementsAreArray(addresses)) << world_->Story();
    EXPECT_EQ(world_->hosts.Lines().size(), addresses.size()) << world_->Story();
    std::vector<std::string> there = world_->Containers();
    std::erase_if(there, [](const std::string& name) { return name.contains("_job-"); });
    EXPECT_EQ(there, Webs(replicas)) << world_->Story();
    EXPECT_EQ(world_->engine.Networks(world_->OwnLabel()), std::vector{world_->ns + "_shop"});
    EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version " + version); }));
  }

  std::unique_ptr<KillingProxy> proxy_;
  std::string killed_at_;  ///< by the last life
};

TEST_F(EveryStep, OfTwoReplicasStartFirstLosesNoRequest) {
  ASSERT_NO_FATAL_FAILURE(Start(Replicas(2)));
  const Visitor visitor(world_->Url("shop"));
  const int lives = PushThroughKills(Replicas(2, "2.0.0"), [&] { return HasConverged(); });
  EXPECT_GE(lives, 2 * 2 * 4) << "create, start, stop and remove of two containers";
  ExpectWhole(2, "2.0.0");
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
  EXPECT_GT(visitor.visits(), 100);
}

TEST_F(EveryStep, OfRecreate) {
  ASSERT_NO_FATAL_FAILURE(Start(Recreated(Replicas(2))));
  const int lives =
      PushThroughKills(Recreated(Replicas(2, "2.0.0")), [&] { return HasConverged(); });
  EXPECT_GE(lives, 2 * 2 * 4) << "create, stop, remove and start of two containers";
  ExpectWhole(2, "2.0.0");
}

TEST_F(EveryStep, OfAJobBeforeARolloutRunsItOnce) {
  World& world = *world_;
  const auto runs = [&] {
    std::vector<std::string> names = world.Containers();
    std::erase_if(names, [](const std::string& name) { return !name.contains("_job-"); });
    return names;
  };
  ASSERT_NO_FATAL_FAILURE(Start(ShopWithJob("1.0.0", "echo migrated")));
  ASSERT_EQ(runs().size(), 1U);
  const Visitor visitor(world.Url("shop"));
  const int lives =
      PushThroughKills(ShopWithJob("2.0.0", "echo migrated again"), [&] { return HasConverged(); });
  EXPECT_GE(lives, 2 * 6) << "create and start of the job, then those of a container";
  ExpectWhole(1, "2.0.0");
  EXPECT_EQ(runs().size(), 2U);
  for (const std::string& run : runs()) {
    EXPECT_EQ(world.engine.Inspect(run)["State"]["ExitCode"], 0) << run;
    EXPECT_EQ(world.engine.Inspect(run)["RestartCount"], 0) << run;
  }
  EXPECT_EQ(world.Events("App", "shop", "JobFinished"), 2);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(EveryStep, OfTheWayBack) {
  ASSERT_NO_FATAL_FAILURE(Start(Recreated(Replicas(1))));
  const int lives =
      PushThroughKills(Recreated(Replicas(1, "unhealthy")), [&] { return IsRolledBack(); });
  EXPECT_GE(lives, 2 * 8) << "there and back";
  ExpectWhole(1, "1.0.0");
}

TEST_F(EveryStep, OfFewerReplicasLosesNoRequest) {
  ASSERT_NO_FATAL_FAILURE(Start(Replicas(3)));
  const Visitor visitor(world_->Url("shop"));
  const int lives = PushThroughKills(Replicas(1), [&] { return HasConverged(); });
  EXPECT_GE(lives, 2 * 4) << "stop and remove of two containers";
  ExpectWhole(1, "1.0.0");
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

/// One kill in each rollout, at the first step, the second and so on to the last, so that each is
/// followed by a life that does all the rest. Minutes: tests/full.d/65-every-step.sh.
TEST_F(EveryStep, DISABLED_OneKillInEachRollout) {
  const auto at_end = [&] { return HasConverged(); };
  for (const bool recreate : {false, true}) {
    const auto app = [&](const std::string& version) {
      return recreate ? Recreated(Replicas(2, version)) : Replicas(2, version);
    };
    std::optional<Visitor> visitor;
    if (!recreate) {
      ASSERT_NO_FATAL_FAILURE(Start(app("1.0.0")));
      visitor.emplace(world_->Url("shop"));
    }
    std::string version = "1.0.0";
    for (int kill = 0;; ++kill) {
      version = version == "1.0.0" ? "2.0.0" : "1.0.0";
      ASSERT_TRUE(world_->StopDaemon());
      Push(app(version));
      const bool killed =
          LivesUntilKilled(kill % 2 == 0 ? When::kBefore : When::kAfter, kill / 2 + 1, at_end);
      if (killed) world_->StartDaemon();
      ASSERT_TRUE(Eventually(kRollout, at_end)) << world_->Story();
      ExpectWhole(2, version);
      if (!killed) {
        EXPECT_GE(kill, 2 * 2 * 4);
        break;
      }
    }
    if (visitor) {
      EXPECT_EQ(visitor->failures(), 0) << visitor->first_failure();
    }
  }
}

}  // namespace
}  // namespace mooring::test
