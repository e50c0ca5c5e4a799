// SPDX-License-Identifier: Apache-2.0
// A namespace whose sync windows are closed: changes wait, what is there is looked after, and an
// operator may let one change through.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class SyncWindow : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("App", "shop"); }));
    container_ = world_->Container("shop");
  }
  /// From now on the namespace denies changes at all times; with it comes another greeting.
  void CloseAndChange(bool manual = true) {
    const Json window = {{"kind", "deny"},
                         {"schedule", {{"cron", "* * * * *"}}},
                         {"duration", "1h"},
                         {"manual", manual}};
    world_->Write("namespace.yaml", {{"apiVersion", "mooring.dev/v1alpha1"},
                                     {"kind", "Namespace"},
                                     {"metadata", {{"name", world_->ns}}},
                                     {"spec", {{"syncWindows", {window}}}}});
    Json app = world_->App("shop");
    app["spec"]["services"]["web"]["environment"]["GREETING"] = "changed";
    world_->Write("apps/shop.yaml", app);
    world_->Commit("close the windows, change the greeting");
    ASSERT_TRUE(Eventually(
        kSoon, [&] { return world_->Has("App", "shop", "Ready", "OutsideSyncWindow"); }));
  }
  bool Runs() {
    const Json seen = world_->engine.Inspect(container_);
    return seen.is_object() && seen["State"]["Running"] == true;
  }
  /// Whether the container has the new environment.
  bool IsChanged() {
    return world_->engine.Inspect(container_).dump().find("GREETING=changed") != std::string::npos;
  }
  CommandResult Override() {
    return world_->Mooring(
        {"reconcile", "app", "shop", "-n", world_->ns, "--override-window", "--wait"});
  }

  std::string container_;
};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(SyncWindow, HoldsACommitUntilAnOperatorLetsItThrough) {
  ASSERT_NO_FATAL_FAILURE(CloseAndChange());
  EXPECT_FALSE(IsChanged());
  const std::string why = "closed by deny \"* * * * *\" UTC, and no opening is in sight";
  const CommandResult listed = world_->Mooring({"get", "app", "shop", "-n", world_->ns});
  EXPECT_TRUE(Contains(listed.out, "OutsideSyncWindow")) << listed.out;
  const CommandResult told = world_->Mooring({"describe", "app", "shop", "-n", world_->ns});
  EXPECT_TRUE(Contains(told.out, why)) << told.out;
  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_TRUE(Contains(plan.out, "OutsideSyncWindow")) << plan.out;
  EXPECT_TRUE(Contains(plan.out, why)) << plan.out;

  const CommandResult overridden = Override();
  EXPECT_EQ(overridden.exit_code, 0) << overridden.out << overridden.err;
  EXPECT_TRUE(IsChanged());
  EXPECT_EQ(world_->Events("App", "shop", "OutsideSyncWindow"), 1);
  const CommandResult events = world_->Mooring({"events", "app", "shop", "-n", world_->ns});
  EXPECT_TRUE(Contains(events.out, "lets a change through")) << events.out;

  Json app = world_->App("shop");
  app["spec"]["services"]["web"]["environment"]["GREETING"] = "again";
  world_->Write("apps/shop.yaml", app);
  world_->Commit("another one waits again");
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("App", "shop", "Ready", "OutsideSyncWindow"); }));
  EXPECT_TRUE(IsChanged());
}

TEST_F(SyncWindow, WhatWasAppliedIsLookedAfterWhileAChangeWaits) {
  ASSERT_NO_FATAL_FAILURE(CloseAndChange());
  ASSERT_EQ(world_->engine.Do("POST", "/containers/" + container_ + "/kill"), 204);
  EXPECT_TRUE(Eventually(kSoon, [&] { return Runs(); }));
  // A daemon that never saw the old spec as the newest reads it again from the repository.
  ASSERT_TRUE(world_->StopDaemon());
  ASSERT_EQ(world_->engine.Do("DELETE", "/containers/" + container_ + "?force=1"), 204);
  world_->StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return Runs(); }));
  EXPECT_FALSE(IsChanged());
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("App", "shop", "Ready", "OutsideSyncWindow"); }));
}

TEST_F(SyncWindow, WhereNoHandIsAllowedNobodyLetsAnythingThrough) {
  ASSERT_NO_FATAL_FAILURE(CloseAndChange(false));
  const CommandResult overridden = Override();
  EXPECT_EQ(overridden.exit_code, 1) << overridden.out;
  EXPECT_TRUE(Contains(overridden.err, "one of them has manual: false")) << overridden.err;
  EXPECT_EQ(world_->Events("App", "shop", "OutsideSyncWindow"), 0);
  EXPECT_FALSE(IsChanged());
}

}  // namespace
}  // namespace mooring::test
