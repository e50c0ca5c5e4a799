// SPDX-License-Identifier: Apache-2.0
// The mooring command as scripts and people use it: exit codes, and what is printed.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Command : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->CommitAppWithSite("shop");
  }
  void Converge() {
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    }));
  }
  CommandResult Plan(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"plan", "--source", world_->repo.path()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return world_->Mooring(arguments);
  }
};

TEST_F(Command, Validate) {
  CommandResult valid = world_->Mooring({"validate", world_->repo.path()});
  EXPECT_EQ(valid.exit_code, 0) << valid.err;
  EXPECT_EQ(valid.out, "2 resources in 2 files: all valid.\n");

  world_->repo.Write("apps/bad.yaml",
                     "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: bad}\n"
                     "spec:\n  services:\n    web:\n      image: a:1\n      restrat: always\n");
  valid = world_->Mooring({"validate", world_->repo.path()});
  EXPECT_EQ(valid.exit_code, 2);
  EXPECT_TRUE(Contains(valid.out, "apps/bad.yaml:8:7: unknown field \"restrat\"")) << valid.out;
  EXPECT_TRUE(Contains(valid.out, "did you mean \"restart\"?")) << valid.out;
  EXPECT_TRUE(Contains(valid.out, "1 finding in 1 of 3 files.")) << valid.out;

  valid = world_->Mooring({"validate", "/nowhere"});
  EXPECT_EQ(valid.exit_code, 1);
  EXPECT_TRUE(Contains(valid.err, "/nowhere")) << valid.err;
}

TEST_F(Command, PlanNeedsNoDaemon) {
  const CommandResult plan = Plan();
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_TRUE(Contains(plan.out, "App/" + world_->ns + "/shop")) << plan.out;
  EXPECT_TRUE(Contains(plan.out, "2 creates")) << plan.out;
  EXPECT_TRUE(Contains(plan.out, "Nothing was changed")) << plan.out;
  EXPECT_EQ(Plan({"--detailed-exitcode"}).exit_code, 2);
  EXPECT_TRUE(world_->Containers().empty());

  const CommandResult json = Plan({"-o", "json"});
  Json document = Json::parse(json.out, nullptr, false);
  ASSERT_TRUE(document.is_object()) << json.out;
  EXPECT_EQ(document["host"], world_->ns);
  EXPECT_EQ(document["resources"].size(), 2U);
  EXPECT_TRUE(Contains(Plan({"-o", "markdown"}).out, "### Plan: 2 creates")) << json.out;
}

TEST_F(Command, PlanOfWhatIsThereAlreadyIsEmpty) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  const CommandResult plan = Plan({"--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  EXPECT_TRUE(Contains(plan.out, "2 unchanged")) << plan.out;
}

TEST_F(Command, PlanOfARevision) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  world_->Write("apps/shop.yaml", world_->App("shop", "2.0.0"));
  const std::string before = world_->repo.path() + "@main";
  EXPECT_EQ(world_->Mooring({"plan", "--source", before, "--detailed-exitcode"}).exit_code, 0);
  const CommandResult changed = Plan({"--detailed-exitcode"});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_TRUE(Contains(changed.out, "services.web.image")) << changed.out;
  EXPECT_TRUE(Contains(changed.out, "no downtime: StartFirst")) << changed.out;
  EXPECT_EQ(world_->Mooring({"plan", "--source", world_->repo.path() + "@nowhere"}).exit_code, 1);
}

TEST_F(Command, PlanWithoutAnEngineFails) {
  world_->caddy.Kill();
  const CommandResult plan = Plan({"--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 1) << plan.out;
  EXPECT_TRUE(Contains(plan.out + plan.err, "admin.sock")) << plan.out << plan.err;
}

TEST_F(Command, GetDescribeAndEvents) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  const CommandResult list = world_->Mooring({"get", "apps"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_TRUE(Contains(list.out, "1 of 1 services healthy")) << list.out;

  const CommandResult json =
      world_->Mooring({"get", "app", "shop", "-n", world_->ns, "-o", "json"});
  Json shop = Json::parse(json.out, nullptr, false);
  ASSERT_TRUE(shop.is_object()) << json.out << json.err;
  EXPECT_EQ(shop["apiVersion"], "mooring.dev/v1alpha1");
  EXPECT_EQ(shop["kind"], "App");
  EXPECT_EQ(shop["metadata"]["name"], "shop");
  EXPECT_EQ(shop["spec"]["services"]["web"]["image"], "mooring-test/web:1.0.0");
  Json& status = shop["status"];
  EXPECT_EQ(status["source"]["file"], "apps/shop.yaml");
  EXPECT_EQ(status["services"]["web"]["healthy"], 1);
  EXPECT_EQ(status["inUseBy"], Json::array({"Site/" + world_->ns + "/shop"}));
  EXPECT_EQ(status["history"].size(), 1U);
  for (const char* field : {"observedSpecDigest", "lastAppliedRevision", "conditions", "inventory",
                            "drift", "nextRun", "heldBy", "confirm"}) {
    EXPECT_TRUE(status.contains(field)) << field;
  }

  const CommandResult described = world_->Mooring({"describe", "app", "shop", "-n", world_->ns});
  for (const std::string part : {"Conditions", "Inventory", "History", "Events", "Created"}) {
    EXPECT_TRUE(Contains(described.out, part)) << described.out;
  }
  const CommandResult events = world_->Mooring({"events"});
  EXPECT_TRUE(Contains(events.out, "Created")) << events.out;
  EXPECT_EQ(world_->Mooring({"get", "app", "none", "-n", world_->ns}).exit_code, 1);
}

TEST_F(Command, WithoutTheDaemonItSaysSo) {
  const CommandResult get = world_->Mooring({"get"});
  EXPECT_EQ(get.exit_code, 69);
  EXPECT_TRUE(Contains(get.err, world_->File("mooring.sock"))) << get.err;
  EXPECT_EQ(world_->Mooring({"nonsense"}).exit_code, 64);
}

TEST_F(Command, Doctor) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  const CommandResult forgetful = world_->Mooring({"doctor"});
  EXPECT_EQ(forgetful.exit_code, 1);
  EXPECT_TRUE(Contains(forgetful.out, "runs without --resume")) << forgetful.out;
  world_->caddy.Kill();
  world_->caddy.Start();
  const CommandResult good = world_->Mooring({"doctor"});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_TRUE(Contains(good.out, "All good.")) << good.out;
  world_->caddy.Kill();
  const CommandResult bad = world_->Mooring({"doctor"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_TRUE(Contains(bad.out, "FAIL  caddy")) << bad.out;
}

}  // namespace
}  // namespace mooring::test
