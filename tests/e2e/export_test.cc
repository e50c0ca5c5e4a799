// SPDX-License-Identifier: Apache-2.0
// `mooring export`: what runs comes back as specs that are valid and change nothing.
#include <filesystem>
#include <fstream>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Export : public EndToEnd {
 protected:
  /// What was exported, alone in a folder of its own.
  std::string Folder(const std::string& specs) {
    const fs::path folder = world_->File("exported");
    fs::create_directories(folder);
    std::ofstream(folder / "specs.yaml") << specs;
    return folder.string();
  }
};

TEST_F(Export, OfAManagedAppIsValidAndPlansNothing) {
  Json app = world_->App("shop");
  app["spec"]["volumes"] = {{"data", Json::object()}};
  Json& web = app["spec"]["services"]["web"];
  web["volumes"] = {"data:/data"};
  web["environment"]["PRICE"] = "5$$";
  web["labels"] = {{"team", "shop"}};
  web["cap_drop"] = {"NET_RAW"};
  web["stop_grace_period"] = "1s";
  web["deploy"] = {{"replicas", 2},
                   {"resources", {{"limits", {{"memory", "64M"}, {"cpus", "0.5"}}}}}};
  world_->CommitAppWithSite("shop", app);
  world_->StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
  }));

  const CommandResult one = world_->Mooring({"export", "app", "shop", "-n", world_->ns});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  const CommandResult site = world_->Mooring({"export", "site/shop", "-n", world_->ns});
  ASSERT_EQ(site.exit_code, 0) << site.err;
  const std::string folder = Folder(one.out + "---\n" + site.out);
  const CommandResult valid = world_->Mooring({"validate", folder});
  EXPECT_EQ(valid.exit_code, 0) << valid.out << one.out;
  const CommandResult plan = world_->Mooring({"plan", "--source", folder, "--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err << one.out;

  // The engine is enough for Apps; Sites are the daemon's to tell.
  ASSERT_TRUE(world_->StopDaemon());
  const CommandResult all = world_->Mooring({"export", "--all"});
  ASSERT_EQ(all.exit_code, 0) << all.err;
  EXPECT_TRUE(Contains(all.out, one.out)) << all.out;
  EXPECT_TRUE(Contains(all.out, "# not exported: Sites; ")) << all.out;
}

TEST_F(Export, OfAStrangerSaysWhatASpecCannot) {
  const std::string name = world_->ns + "_Stranger";
  ASSERT_EQ(world_->engine.Do("POST", "/containers/create?name=" + name,
                              {{"Image", "mooring-test/web:1.0.0"},
                               {"Env", {"DB_PASSWORD=hunter2", "TZ=UTC"}},
                               {"Labels", {{"mooring-e2e", world_->ns}}},
                               {"HostConfig", {{"CapAdd", {"NET_ADMIN"}}, {"ShmSize", 1 << 20}}}}),
            201);
  const CommandResult exported = world_->Mooring({"export", "--container", name});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  for (const char* part : {"# from the container ", "# not exported: cap_add (NET_ADMIN)",
                           "# not exported: shm_size 1048576", "DB_PASSWORD: CHANGE-ME", "TZ: UTC",
                           "restart: \"no\""}) {
    EXPECT_TRUE(Contains(exported.out, part)) << part << "\n" << exported.out;
  }
  EXPECT_FALSE(Contains(exported.out, "hunter2")) << exported.out;
  const CommandResult valid = world_->Mooring({"validate", Folder(exported.out)});
  EXPECT_EQ(valid.exit_code, 0) << valid.out << exported.out;

  const CommandResult none = world_->Mooring({"export", "--container", name + "x"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(Contains(none.err, "did you mean " + name + "?")) << none.err;
  EXPECT_EQ(world_->Mooring({"export"}).exit_code, 64);
}

}  // namespace
}  // namespace mooring::test
