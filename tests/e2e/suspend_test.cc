// SPDX-License-Identifier: Apache-2.0
// What a person holds back by hand: suspended resources, and a host that is held at an earlier
// commit.
#include <filesystem>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class ByHand : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    World& world = *world_;
    world.Write("apps/shop.yaml", world.App("shop"));
    world.Write("apps/other.yaml", world.App("other"));
    first_ = world.Commit("Two apps");
    world.StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world.HasConverged("App", "shop") && world.HasConverged("App", "other");
    })) << world.Story();
  }
  bool Runs(const std::string& app) {
    return world_->engine.Inspect(world_->Container(app))["State"]["Running"] == true;
  }
  /// As somebody at the keyboard does it.
  void KillContainer(const std::string& app) {
    ASSERT_EQ(world_->engine.Do("POST", "/containers/" + world_->Container(app) + "/kill"), 204);
  }
  /// It was looked at after what was done to it.
  bool SaysSuspended(const std::string& app, const std::string& text) {
    return Eventually(kSoon, [&] {
      const Json ready = world_->Condition("App", app, "Ready");
      return ready.is_object() && ready.value("reason", "") == "Suspended" &&
             ready.value("message", "").find(text) != std::string::npos;
    });
  }
  void Do(std::vector<std::string> arguments) {
    const CommandResult done = world_->Mooring(std::move(arguments));
    ASSERT_EQ(done.exit_code, 0) << done.out << done.err;
    said_ = done.out;
  }
  std::string Output(std::vector<std::string> arguments) {
    return world_->Mooring(std::move(arguments)).out;
  }
  Json HeldBy(const std::string& kind, const std::string& name) {
    return world_->Get(kind, name)["status"]["heldBy"];
  }
  /// A new image for the shop, committed.
  std::string CommitVersion(const std::string& version) {
    world_->Write("apps/shop.yaml", world_->App("shop", version));
    return world_->Commit("Version " + version);
  }
  std::string ImageOf(const std::string& app) {
    Json seen = world_->engine.Inspect(world_->Container(app));
    return seen["Config"]["Image"].is_string() ? seen["Config"]["Image"].get<std::string>() : "";
  }

  std::string first_;
  std::string said_;
};

TEST_F(ByHand, ASuspendedAppIsReportedAndLeftAloneUntilItIsResumed) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Do({"suspend", "app", "shop", "-n", world.ns, "--reason", "new disk"}));
  EXPECT_NE(said_.find("App/" + world.ns + "/shop is suspended until 20"), std::string::npos)
      << said_;
  ASSERT_TRUE(SaysSuspended("shop", "the host is as the spec says"));
  EXPECT_TRUE(world.IsReady("App", "shop"));
  EXPECT_EQ(world.Events("App", "shop", "SuspendedByHand"), 1);
  ASSERT_NO_FATAL_FAILURE(KillContainer("shop"));
  ASSERT_NO_FATAL_FAILURE(KillContainer("other"));
  ASSERT_TRUE(Eventually(kSoon, [&] { return Runs("other"); })) << "only shop is suspended";
  ASSERT_TRUE(SaysSuspended("shop", "held back"));
  EXPECT_FALSE(Runs("shop"));
  EXPECT_EQ(HeldBy("App", "shop")["reason"], "new disk");
  EXPECT_EQ(world.Metric("mooring_resource_suspended", {"name=\"shop\""}), 1);
  const std::string table = Output({"get", "apps", "-n", world.ns});
  EXPECT_NE(table.find("Suspended: suspended by "), std::string::npos) << table;
  const std::string described = Output({"describe", "app", "shop", "-n", world.ns});
  EXPECT_NE(described.find("suspend until "), std::string::npos) << described;

  ASSERT_NO_FATAL_FAILURE(Do({"resume", "app/shop", "-n", world.ns}));
  EXPECT_TRUE(Eventually(kSoon, [&] { return Runs("shop") && world.IsReady("App", "shop"); }));
  EXPECT_TRUE(HeldBy("App", "shop").is_null());
  EXPECT_EQ(world.Events("App", "shop", "Resumed"), 1);
  const CommandResult again = world.Mooring({"resume", "app/shop", "-n", world.ns});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_NE(again.err.find("is not held by hand"), std::string::npos) << again.err;
}

TEST_F(ByHand, WhatIsTakenOutOfGitStaysWhileItIsSuspended) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Do({"suspend", "--namespace", world.ns}));
  world.repo.Remove("apps/shop.yaml");
  world.Commit("Without the shop");
  ASSERT_TRUE(SaysSuspended("shop", "suspended with namespace " + world.ns));
  EXPECT_TRUE(Runs("shop"));
  ASSERT_NO_FATAL_FAILURE(Do({"resume", "-n", world.ns}));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Get("App", "shop").empty(); }));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("other")});
}

TEST_F(ByHand, ASuspensionOutlivesTheStoreAndEndsByItself) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Do({"suspend", "--all", "--for", "1h"}));
  ASSERT_TRUE(world.StopDaemon());
  ASSERT_NO_FATAL_FAILURE(KillContainer("shop"));
  std::filesystem::remove_all(world.File("store"));
  world.StartDaemon();
  ASSERT_TRUE(SaysSuspended("shop", "held back"));
  EXPECT_FALSE(Runs("shop"));
  ASSERT_NO_FATAL_FAILURE(Do({"suspend", "--all", "--for", "2s"}));
  EXPECT_TRUE(Eventually(kSoon, [&] { return Runs("shop") && world.IsReady("App", "shop"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Events("Host", world.ns, "Resumed") == 1; }));
}

TEST_F(ByHand, WhatWouldNotEndIsRefused) {
  World& world = *world_;
  const CommandResult forever = world.Mooring({"suspend", "--all", "--for", "0s"});
  EXPECT_EQ(forever.exit_code, 64);
  EXPECT_NE(forever.err.find("ends by itself"), std::string::npos) << forever.err;
  EXPECT_EQ(world.Mooring({"suspend", "--namespace", "nobody"}).exit_code, 1);
  EXPECT_EQ(world.Mooring({"suspend"}).exit_code, 64);
}

TEST_F(ByHand, ARollbackHoldsTheHostWhileNewCommitsCome) {
  World& world = *world_;
  CommitVersion("2.0.0");
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return ImageOf("shop") == "mooring-test/web:2.0.0" && world.HasConverged("App", "shop");
  })) << world.Story();
  ASSERT_NO_FATAL_FAILURE(Do({"rollback", "HEAD~1", "--reason", "2.0 loses orders"}));
  EXPECT_NE(said_.find("main@sha1:" + first_), std::string::npos) << said_;
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return ImageOf("shop") == "mooring-test/web:1.0.0" && world.IsReady("App", "shop");
  })) << world.Story();
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Host", world.ns, "SourceReady", "HeldByRollback");
  })) << world.Story();
  EXPECT_EQ(world.Events("Host", world.ns, "HeldByRollback"), 1);
  EXPECT_EQ(world.Events("Host", world.ns, "HistoryRewritten"), 0);

  Json app = world.App("shop", "2.0.0");
  app["spec"]["services"]["web"]["environment"]["GREETING"] = "again";
  world.Write("apps/shop.yaml", app);
  const std::string third = world.Commit("Greet again");
  const auto waits = [&] {
    return Output({"describe", "host", world.ns})
               .find("newest main@" + third.substr(0, 7) + " waits") != std::string::npos;
  };
  ASSERT_TRUE(Eventually(kSoon, waits)) << Output({"describe", "host", world.ns});
  EXPECT_NE(world.Api("/readyz").body.find("2.0 loses orders"), std::string::npos);
  EXPECT_EQ(HeldBy("Host", world.ns)["revision"], "main@sha1:" + first_);
  EXPECT_NE(Output({"get", "apps", "-n", world.ns}).find(", held"), std::string::npos);
  EXPECT_NE(Output({"plan", "--source", world.repo.path()}).find("is held at main@"),
            std::string::npos);

  ASSERT_TRUE(world.StopDaemon());
  std::filesystem::remove_all(world.File("store"));
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, waits)) << world.Story();
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.IsReady("App", "shop"); }));
  EXPECT_EQ(ImageOf("shop"), "mooring-test/web:1.0.0");

  ASSERT_NO_FATAL_FAILURE(Do({"resume", "--source", "fleet"}));
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return ImageOf("shop") == "mooring-test/web:2.0.0" && world.HasConverged("App", "shop");
  })) << world.Story();
  EXPECT_TRUE(world.Has("Host", world.ns, "SourceReady", "Succeeded"));
  EXPECT_TRUE(HeldBy("Host", world.ns).is_null());
  EXPECT_TRUE(Eventually(kSoon, [&] { return HeldBy("App", "other").is_null(); }));
}

TEST_F(ByHand, ARollbackToWhatCannotBeAppliedIsRefused) {
  World& world = *world_;
  world.repo.Write("apps/bad.yaml", "apiVersion: mooring.dev/v1alpha1\nkind: App\n");
  world.Commit("A bad one");
  world.repo.Remove("apps/bad.yaml");
  world.Commit("A good one");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
  const CommandResult bad = world.Mooring({"rollback", "HEAD~1"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.err.find("cannot be applied"), std::string::npos) << bad.err;
  const CommandResult none = world.Mooring({"rollback", "nowhere"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("nowhere"), std::string::npos) << none.err;
  EXPECT_TRUE(HeldBy("Host", world.ns).is_null());
}

}  // namespace
}  // namespace mooring::test
