// SPDX-License-Identifier: Apache-2.0
// What the commands say about a host: tree, trace, diff, top, and the engine's own lists.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class HostView : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    Json app = world_->App("shop");
    app["spec"]["volumes"] = {{"data", Json::object()}};
    Json& web = app["spec"]["services"]["web"];
    web["volumes"] = {"data:/data"};
    web["deploy"]["resources"]["limits"]["memory"] = "64M";
    app["spec"]["drift"] = {{"mode", "Report"}};
    world_->CommitAppWithSite("shop", app);
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    }));
  }
  std::string Key(const std::string& kind) const { return kind + "/" + world_->ns + "/shop"; }
  CommandResult InNamespace(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-n", world_->ns});
    return world_->Mooring(arguments);
  }
};

TEST_F(HostView, TreeAndTrace) {
  const CommandResult tree = InNamespace({"tree", "app/shop"});
  ASSERT_EQ(tree.exit_code, 0) << tree.err;
  EXPECT_TRUE(tree.out.starts_with(Key("App"))) << tree.out;
  for (const std::string& part :
       {"├─ container/" + world_->Container("shop"), std::string("healthy, up "),
        std::string("mooring-test/web:1.0.0"), "├─ volume/" + world_->ns + "_shop_data",
        "└─ " + Key("Site")}) {
    EXPECT_TRUE(Contains(tree.out, part)) << part << "\n" << tree.out;
  }
  const CommandResult site = InNamespace({"tree", "site/shop"});
  EXPECT_TRUE(Contains(site.out, "   ├─ container/" + world_->Container("shop"))) << site.out;
  EXPECT_TRUE(InNamespace({"tree"}).out.ends_with(tree.out.substr(tree.out.rfind("└─ "))));
  EXPECT_EQ(InNamespace({"tree", "shpo"}).exit_code, 1);

  const CommandResult trace = world_->Mooring({"trace", "https://shop.test/index.html"});
  ASSERT_EQ(trace.exit_code, 0) << trace.err;
  for (const std::string part :
       {"route      shop.test /*", ", sites/shop.yaml:", ", apps/shop.yaml:",
        "service    shop/web/8080", ", healthy\n", "\"Add shop\"\n"}) {
    EXPECT_TRUE(Contains(trace.out, part)) << part << "\n" << trace.out;
  }
  // The line of the route and of the service, not those of their documents.
  EXPECT_FALSE(Contains(trace.out, ".yaml:1\n")) << trace.out;
  EXPECT_EQ(world_->Mooring({"trace", "https://nobody.test/"}).exit_code, 1);
  EXPECT_TRUE(Contains(InNamespace({"trace", "app/shop"}).out, "service    shop/web"));
}

TEST_F(HostView, DiffShowsDriftByField) {
  const CommandResult none = InNamespace({"diff", "app/shop", "--detailed-exitcode"});
  EXPECT_EQ(none.exit_code, 0) << none.out << none.err;
  EXPECT_TRUE(Contains(none.out, "No difference in 1 resource")) << none.out;

  ASSERT_EQ(world_->engine.Do("POST", "/containers/" + world_->Container("shop") + "/update",
                              {{"Memory", 128 << 20}, {"MemorySwap", 256 << 20}}),
            200);
  CommandResult diff;
  EXPECT_TRUE(Eventually(kSoon,
                         [&] {
                           diff = InNamespace({"diff", "app/shop", "--detailed-exitcode"});
                           return diff.exit_code == 2;
                         }))
      << diff.out << diff.err;
  EXPECT_TRUE(Contains(diff.out, "services.web.deploy.resources.limits.memory")) << diff.out;
  EXPECT_TRUE(Contains(diff.out, "the host moved")) << diff.out;
  const CommandResult all = world_->Mooring({"diff", "--all"});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_TRUE(Contains(all.out, " in 1 of 2 resources")) << all.out;
  EXPECT_EQ(world_->Mooring({"diff"}).exit_code, 64);
}

TEST_F(HostView, TopMeasuresWithoutTheDaemon) {
  ASSERT_TRUE(world_->StopDaemon());
  const CommandResult top = world_->Mooring({"top"});
  ASSERT_EQ(top.exit_code, 0) << top.err;
  EXPECT_TRUE(Contains(top.out, Key("App"))) << top.out;
  EXPECT_TRUE(Contains(top.out, "  " + world_->Container("shop"))) << top.out;
  EXPECT_TRUE(Contains(top.out, "64 MiB")) << top.out;
  const CommandResult none = InNamespace({"top", "shpo"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(Contains(none.err, "did you mean " + Key("App") + "?")) << none.err;
}

TEST_F(HostView, TheEnginesListsSayWhoseThingsAre) {
  world_->RunByHand(world_->ns + "_stranger", Json::object());
  const CommandResult containers = InNamespace({"get", "containers"});
  ASSERT_EQ(containers.exit_code, 0) << containers.err;
  EXPECT_TRUE(Contains(containers.out, world_->Container("shop") + "  " + Key("App")))
      << containers.out;
  EXPECT_FALSE(Contains(containers.out, "stranger"));
  const CommandResult strangers = world_->Mooring({"get", "containers", "--unmanaged"});
  EXPECT_TRUE(Contains(strangers.out, world_->ns + "_stranger")) << strangers.out;
  EXPECT_FALSE(Contains(strangers.out, world_->Container("shop")));
  const Json volumes =
      Json::parse(InNamespace({"get", "volumes", "-o", "json"}).out, nullptr, false);
  ASSERT_EQ(volumes.size(), 1U) << volumes;
  EXPECT_EQ(volumes[0]["name"], world_->ns + "_shop_data");
  EXPECT_EQ(volumes[0]["owners"], Json::array({Key("App")}));
  EXPECT_EQ(volumes[0]["usedBy"], Json::array({world_->Container("shop")}));
  EXPECT_TRUE(volumes[0]["size"].is_number()) << volumes;
  EXPECT_EQ(InNamespace({"get", "networks", "-o", "name"}).out, world_->ns + "_shop\n");
  const CommandResult images = world_->Mooring({"get", "images", "-o", "wide"});
  EXPECT_TRUE(Contains(images.out, "mooring-test/web:1.0.0")) << images.out;
}

}  // namespace
}  // namespace mooring::test
