// SPDX-License-Identifier: Apache-2.0
// The commands that listen to the daemon: get -w, events -w, wait, reconcile --wait.
#include <signal.h>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Watch : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    const CommandResult ready =
        world_->Mooring({"wait", "app/shop", "site/shop", "-n", world_->ns, "--timeout", "1m"});
    ASSERT_EQ(ready.exit_code, 0) << ready.err;
  }
  std::string Said(const std::string& file) const { return ReadText(world_->File(file)); }
  bool Eventual(const std::string& file, const std::string& part) {
    return Eventually(kRollout, [&] { return Contains(Said(file), part); });
  }
  void CommitVersion(const std::string& version) {
    world_->Write("apps/shop.yaml", world_->App("shop", version));
    world_->Commit("shop " + version);
  }
  void End(Process& process) {
    process.Signal(SIGINT);
    ASSERT_TRUE(process.AwaitEnd(kSoon));
    EXPECT_EQ(process.exit_code(), 0);
  }
};

TEST_F(Watch, ResourcesAndEventsOverARestartOfTheDaemon) {
  Process resources;
  Process events;
  world_->StartMooring(resources, {"get", "apps", "-n", world_->ns, "-w"}, "resources");
  world_->StartMooring(events, {"events", "-w"}, "events");
  ASSERT_TRUE(Eventual("resources", "shop  True   1 of 1 services healthy")) << Said("resources");
  ASSERT_TRUE(Eventual("events", "Created")) << Said("events");

  ASSERT_TRUE(world_->StopDaemon());
  ASSERT_TRUE(Eventual("resources", "waiting for it")) << Said("resources");
  ASSERT_TRUE(Eventual("events", "waiting for it")) << Said("events");
  CommitVersion("2.0.0");
  world_->StartDaemon();
  ASSERT_TRUE(Eventual("resources", "shop  False  RollingOut")) << Said("resources");
  ASSERT_TRUE(Eventual("events", "Replaced")) << Said("events");
  ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
  ASSERT_NO_FATAL_FAILURE(End(resources));
  ASSERT_NO_FATAL_FAILURE(End(events));

  // One head, and each event once, although the daemon was another.
  const std::string said = Said("events");
  EXPECT_EQ(said.find("AGE  SEVERITY"), said.rfind("AGE  SEVERITY")) << said;
  const std::string created = "container/" + world_->Container("shop") + " ";
  EXPECT_EQ(said.find(created), said.rfind(created)) << said;
}

TEST_F(Watch, WaitsForWhatIsNotThereYet) {
  Process waiting;
  world_->StartMooring(waiting, {"wait", "app/late", "-n", world_->ns, "--timeout", "1m"}, "late");
  EXPECT_EQ(world_->Mooring({"wait", "app/late", "-n", world_->ns, "--timeout", "100ms"}).exit_code,
            75);
  world_->Write("apps/late.yaml", world_->App("late"));
  world_->Commit("Add late");
  ASSERT_TRUE(waiting.AwaitEnd(kRollout)) << Said("late");
  EXPECT_EQ(waiting.exit_code(), 0) << Said("late");
  EXPECT_TRUE(world_->IsReady("App", "late"));

  const CommandResult never = world_->Mooring(
      {"wait", "app/late", "-n", world_->ns, "--for=condition=Ready=False", "--timeout", "200ms"});
  EXPECT_EQ(never.exit_code, 75);
  EXPECT_TRUE(Contains(never.err, "late is Ready True, Succeeded")) << never.err;
  EXPECT_EQ(world_->Mooring({"wait", "--all", "--timeout", "1m"}).exit_code, 0);

  world_->repo.Remove("apps/late.yaml");
  world_->Commit("Remove late");
  const CommandResult gone =
      world_->Mooring({"wait", "app/late", "-n", world_->ns, "--for=delete", "--timeout", "1m"});
  EXPECT_EQ(gone.exit_code, 0) << gone.err;
}

TEST_F(Watch, ReconcileWaitsForTheRunThatItAskedFor) {
  const CommandResult nothing =
      world_->Mooring({"reconcile", "app/shop", "-n", world_->ns, "--wait", "--timeout", "1m"});
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  EXPECT_TRUE(Contains(nothing.out, "shop is Ready True")) << nothing.out;
  EXPECT_EQ(world_->Get("App", "shop")["status"]["history"][0]["trigger"], "human");

  CommitVersion("2.0.0");
  const CommandResult all =
      world_->Mooring({"reconcile", "--with-source", "--wait", "--timeout", "1m"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_TRUE(world_->HasConverged("App", "shop")) << all.out;
  EXPECT_TRUE(Contains(world_->Mooring({"reconcile"}).out, "2 resources queued"));
  const CommandResult wrong = world_->Mooring({"reconcile", "app/shpo", "-n", world_->ns});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_TRUE(Contains(wrong.err, "did you mean App/" + world_->ns + "/shop?")) << wrong.err;
}

}  // namespace
}  // namespace mooring::test
