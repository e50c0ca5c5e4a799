// SPDX-License-Identifier: Apache-2.0
// What mooring.yaml does to a daemon: reconcilers that are off, and a file that is read again.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Configuration : public EndToEnd {
 protected:
  void Converge() {
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    }));
  }
  void RestartWith(const std::string& pointer, const Json& value) {
    ASSERT_TRUE(world_->StopDaemon());
    world_->Configure(pointer, value);
    world_->StartDaemon();
  }
  bool IsDisabled(const std::string& kind, const std::string& key) const {
    const Json stalled = world_->Condition(kind, "shop", "Stalled");
    return stalled.value("reason", "") == "ReconcilerDisabled" &&
           Contains(stalled.value("message", ""), key);
  }
  bool IsServed() const { return world_->Serves("shop", "hello"); }
};

TEST_F(Configuration, DockerOffLeavesContainersAloneAndNothingElseSuffers) {
  // All that there is will go at once.
  world_->Write(".mooring/policy.yaml",
                {{"apiVersion", "mooring.dev/v1alpha1"}, {"prune", {{"maxPercent", 100}}}});
  ASSERT_NO_FATAL_FAILURE(Converge());
  ASSERT_NO_FATAL_FAILURE(RestartWith("/docker/enabled", false));
  ASSERT_TRUE(Eventually(kSoon, [&] { return IsDisabled("App", "docker.enabled"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 200; }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->IsReady("Site", "shop"); }));
  EXPECT_TRUE(IsServed());

  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_TRUE(Contains(plan.out, "docker.enabled")) << plan.out;
  EXPECT_TRUE(Contains(world_->Mooring({"doctor"}).out, "off (docker.enabled: false)"));

  // What goes from Git goes where its reconciler is on; elsewhere nothing is pruned.
  world_->repo.Remove("apps/shop.yaml");
  world_->repo.Remove("sites/shop.yaml");
  world_->Write("sites/other.yaml", [&] {
    Json site = world_->Site("other");
    site["spec"]["routes"] = {{{"respond", {{"status", 204}}}}};
    return site;
  }());
  world_->Commit("Remove shop");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->IsReady("Site", "other") && world_->Get("Site", "shop").empty();
  }));
  EXPECT_EQ(world_->Containers().size(), 1U);
  const CommandResult after = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_FALSE(Contains(after.out, "delete")) << after.out;
  EXPECT_EQ(world_->EngineWrites(), 0);
}

TEST_F(Configuration, CaddyOffLeavesSitesAloneAndAppsGoOn) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  ASSERT_NO_FATAL_FAILURE(RestartWith("/caddy/enabled", false));
  ASSERT_TRUE(Eventually(kSoon, [&] { return IsDisabled("Site", "caddy.enabled"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 200; }));
  EXPECT_TRUE(IsServed());
  world_->Write("apps/shop.yaml", world_->App("shop", "2.0.0"));
  world_->Commit("shop 2.0.0");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
  EXPECT_TRUE(IsServed());
  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_TRUE(Contains(plan.out, "caddy.enabled")) << plan.out;
  EXPECT_FALSE(Contains(plan.out, "delete")) << plan.out;
  EXPECT_TRUE(Contains(world_->Mooring({"doctor"}).out, "off (caddy.enabled: false)"));
}

TEST_F(Configuration, AReloadTakesWhatNeedsNoRestart) {
  world_->Configure("/sources/0/pollInterval", "24h");
  ASSERT_NO_FATAL_FAILURE(Converge());
  world_->Write("apps/shop.yaml", world_->App("shop", "2.0.0"));
  world_->Commit("shop 2.0.0");

  world_->Configure("/sources/0/pollInterval", "200ms");
  world_->Configure("/log", {{"level", "debug"}, {"format", "json"}});
  world_->Configure("/store/keepEvents", "1d");
  world_->Configure("/docker/socket", "/nowhere.sock");
  world_->ReloadDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Events("Host", world_->ns, "ConfigurationChanged") == 1;
  })) << world_->Log();
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
  const std::string log = world_->Log();
  EXPECT_TRUE(Contains(log, "needs a restart: systemctl restart mooring")) << log;
  EXPECT_TRUE(Contains(log, "\"keys\":\"docker.socket\"")) << log;
  EXPECT_TRUE(Contains(log, "\"level\":\"debug\"")) << log;
}

TEST_F(Configuration, AFileWithProblemsChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  world_->Configure("/log/level", "loud");
  world_->ReloadDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Events("Host", world_->ns, "ConfigurationInvalid") == 1;
  })) << world_->Log();
  EXPECT_TRUE(Contains(world_->Log(), "log.level must be one of debug, info, warn, error"));
  EXPECT_TRUE(world_->DaemonRuns());
  world_->Configure("/log/level", "info");
  world_->ReloadDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return Contains(world_->Log(), "changed=nothing"); }));
}

}  // namespace
}  // namespace mooring::test
