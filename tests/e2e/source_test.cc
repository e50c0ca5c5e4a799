// SPDX-License-Identifier: Apache-2.0
// Commits that are wrong, empty, forbidden, or take something away.
#include <filesystem>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class SourceChange : public EndToEnd {
 protected:
  void Shop(const Json& app) {
    world_->CommitAppWithSite("shop", app);
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "hello from"); }));
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    }));
    id_ = world_->engine.IdOf(world_->Container("shop"));
  }
  void Shop() { Shop(world_->App("shop")); }
  bool HostSays(const std::string& reason) {
    return Eventually(kSoon,
                      [&] { return world_->Has("Host", world_->ns, "SourceReady", reason); });
  }
  void ExpectUntouched() {
    EXPECT_EQ(world_->engine.IdOf(world_->Container("shop")), id_);
    EXPECT_TRUE(world_->Serves("shop", "hello from version 1.0.0"));
    EXPECT_TRUE(world_->IsReady("App", "shop"));
    EXPECT_TRUE(world_->IsReady("Site", "shop"));
  }

  std::string id_;
};

TEST_F(SourceChange, ABadCommitLeavesTheLastGoodOneInForce) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  world.repo.Write("apps/shop.yaml",
                   "apiVersion: mooring.dev/v1alpha1\n"
                   "kind: App\n"
                   "metadata:\n"
                   "  name: shop\n"
                   "spec:\n"
                   "  services:\n"
                   "    web:\n"
                   "      imagee: mooring-test/web:2.0.0\n");
  world.Commit("A typo");
  ASSERT_TRUE(HostSays("InvalidSpec"));
  const std::string message = world.Condition("Host", world.ns, "SourceReady")["message"];
  EXPECT_NE(message.find("apps/shop.yaml:8:7: unknown field \"imagee\""), std::string::npos)
      << message;
  const CommandResult described = world.Mooring({"describe", "host", world.ns});
  EXPECT_NE(described.out.find("apps/shop.yaml"), std::string::npos) << described.out;
  const CommandResult events = world.Mooring({"events"});
  EXPECT_NE(events.out.find("InvalidSpec"), std::string::npos) << events.out;
  ExpectUntouched();

  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  ASSERT_TRUE(HostSays("InvalidSpec"));
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Metric("mooring_reconcile_total", {"kind=\"Site\"", "outcome=\"Done\""}) > 0;
  })) << "the last good revision is in force after a restart";
  EXPECT_EQ(world.EngineWrites(), 0);
  ExpectUntouched();

  world.Write("apps/shop.yaml", world.App("shop", "2.0.0"));
  world.Commit("Without the typo");
  EXPECT_TRUE(HostSays("Succeeded"));
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.Serves("shop", "version 2.0.0"); }));
}

TEST_F(SourceChange, AnEmptyCommitPrunesNothing) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  world.repo.Remove("apps/shop.yaml");
  world.repo.Remove("sites/shop.yaml");
  world.Commit("Everything gone");
  ASSERT_TRUE(HostSays("SourceEmpty"));
  ExpectUntouched();
  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  ASSERT_TRUE(HostSays("SourceEmpty"));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id_);
  EXPECT_TRUE(world.Serves("shop", "hello from version 1.0.0"));
}

TEST_F(SourceChange, ALostRepositoryChangesNothingAndComesBack) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  const std::string away = world.repo.path() + ".away";
  std::filesystem::rename(world.repo.path(), away);
  EXPECT_TRUE(HostSays("SourceUnreachable"));
  ExpectUntouched();
  std::filesystem::rename(away, world.repo.path());
  EXPECT_TRUE(HostSays("Succeeded"));
}

TEST_F(SourceChange, RemovedFilesArePrunedSiteFirstAndVolumesStay) {
  World& world = *world_;
  Json app = world.App("shop");
  app["spec"]["volumes"]["data"] = Json::object();
  app["spec"]["services"]["web"]["volumes"] = {"data:/data"};
  world.CommitAppWithSite("blog");
  ASSERT_NO_FATAL_FAILURE(Shop(app));
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Serves("blog", "hello from"); }));
  ASSERT_EQ(world.engine.Volumes(world.OwnLabel()).size(), 1U);

  world.repo.Remove("apps/shop.yaml");
  world.repo.Remove("sites/shop.yaml");
  world.Commit("Remove shop");
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.Get("App", "shop").empty(); }));
  EXPECT_TRUE(world.Get("Site", "shop").empty()) << "the Site goes before its App";
  EXPECT_EQ(world.Visit("shop").status, 404);
  EXPECT_EQ(world.Containers(), std::vector{world.Container("blog")});
  EXPECT_EQ(world.engine.Networks(world.OwnLabel()), std::vector{world.ns + "_blog"});
  EXPECT_EQ(world.engine.Volumes(world.OwnLabel()).size(), 1U) << "data stays";
  EXPECT_TRUE(world.hosts.Addresses("web.shop").empty());
  EXPECT_TRUE(world.Serves("blog", "hello from"));
  EXPECT_GE(world.Events("App", "shop", "Deleted"), 1);
}

TEST_F(SourceChange, AnAppThatASiteNeedsCannotBeTakenAway) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Shop());
  world.repo.Remove("apps/shop.yaml");
  world.Commit("Remove the app alone");
  ASSERT_TRUE(HostSays("InvalidSpec"));
  const std::string message = world.Condition("Host", world.ns, "SourceReady")["message"];
  EXPECT_NE(message.find("sites/shop.yaml:"), std::string::npos) << message;
  ExpectUntouched();
}

TEST_F(SourceChange, WhatWouldGiveTheHostAwayIsRefusedAndTheRestGoesOn) {
  World& world = *world_;
  const std::string link = world.File("harmless");
  std::filesystem::create_symlink("/run/docker.sock", link);
  const std::map<std::string, std::string> mounts = {{"direct", "/run/docker.sock"},
                                                     {"var-run", "/var/run/docker.sock"},
                                                     {"symlink", link},
                                                     {"dots", "/srv/../run/./docker.sock"}};
  for (const auto& [app_name, source] : mounts) {
    Json app = world.App(app_name);
    app["spec"]["services"]["web"]["volumes"] = {source + ":/run/docker.sock"};
    world.Write("apps/" + app_name + ".yaml", app);
  }
  Json strong = world.App("strong");
  strong["spec"]["services"]["web"]["privileged"] = true;
  world.Write("apps/strong.yaml", strong);
  ASSERT_NO_FATAL_FAILURE(Shop());

  for (const std::string refused : {"direct", "var-run", "symlink", "dots", "strong"}) {
    EXPECT_TRUE(Eventually(kSoon, [&] {
      return world.Has("App", refused, "Stalled", "PolicyViolation");
    })) << refused;
  }
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.engine.Networks(world.OwnLabel()), std::vector{world.ns + "_shop"});
  const CommandResult valid = world.Mooring({"validate", world.repo.path()});
  EXPECT_EQ(valid.exit_code, 2);
  EXPECT_NE(valid.out.find("container-privileged"), std::string::npos) << valid.out;
}

}  // namespace
}  // namespace mooring::test
