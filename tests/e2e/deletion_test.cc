// SPDX-License-Identifier: Apache-2.0
// What happens to an App's data once its document is removed, and what it takes to lose it.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class DeletionPolicy : public EndToEnd {
 protected:
  void Put(const std::string& policy, const std::string& confirm = "") {
    Json app = world_->App("shop", "1.0.0");
    app["spec"]["deletionPolicy"] = policy;
    if (!confirm.empty()) app["spec"]["confirm"] = confirm;
    app["spec"]["volumes"] = {{"data", Json::object()}};
    for (auto& [name, service] : app["spec"]["services"].items())
      service["volumes"] = Json::array({"data:/data"});
    world_->Write("apps/shop.yaml", app);
    // A source is not emptied by what these do.
    world_->Write("apps/other.yaml", world_->App("other", "1.0.0"));
    world_->Commit(policy + confirm);
  }
  void Drop() {
    world_->repo.Remove("apps/shop.yaml");
    world_->Commit("Remove the shop");
  }
  std::string Token() {
    const Json token = world_->Get("App", "shop")["status"]["confirm"];
    return token.is_string() ? token.get<std::string>() : "";
  }
  bool IsGone() {
    return Eventually(kRollout, [&] { return world_->Get("App", "shop").empty(); });
  }
  bool HasVolume() {
    constexpr int kOk = 200;
    return world_->engine.Do("GET", "/volumes/" + world_->ns + "_shop_data") == kOk;
  }
  std::string Container() { return world_->engine.IdOf(world_->ns + "_shop_web_1"); }
  void Start(const std::string& policy) {
    Put(policy);
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
    ASSERT_TRUE(HasVolume());
  }
};

TEST_F(DeletionPolicy, ConfirmedInOneCommitAndRemovedInTheNext) {
  Start("Delete");
  const std::string token = Token();
  ASSERT_TRUE(token.starts_with("delete-")) << world_->Get("App", "shop").dump(2);
  EXPECT_EQ(world_->Events("App", "shop", "ConfirmationRequired"), 1);
  const std::string id = Container();
  Put("Delete", token);
  ASSERT_TRUE(Eventually(kSoon, [&] { return Token().empty(); }));
  EXPECT_EQ(Container(), id);
  world_->repo.Remove("apps/shop.yaml");
  const std::string plan = world_->Mooring({"plan", "--source", world_->repo.path()}).out;
  EXPECT_THAT(plan,
              ::testing::HasSubstr("stays unless deletionPolicy Delete was confirmed before"));
  EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("No data is lost")));
  world_->Commit("Remove the shop");
  EXPECT_TRUE(IsGone());
  EXPECT_FALSE(HasVolume());
}

TEST_F(DeletionPolicy, WithoutTheTokenDataStays) {
  Start("Delete");
  EXPECT_THAT(world_->Mooring({"plan", "--source", world_->repo.path()}).out,
              ::testing::HasSubstr("write confirm: " + Token()));
  Drop();
  EXPECT_TRUE(IsGone());
  EXPECT_TRUE(HasVolume());
}

TEST_F(DeletionPolicy, AnOrphanRunsOnAndComesBack) {
  Start("Orphan");
  const std::string id = Container();
  ASSERT_FALSE(id.empty());
  Drop();
  ASSERT_TRUE(Eventually(kSoon, [&] {
    const Json ready = world_->Condition("App", "shop", "Ready");
    return ready.value("reason", "") == "Orphaned";
  }));
  EXPECT_EQ(Container(), id);
  Put("Orphan");
  ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
  EXPECT_EQ(Container(), id);
}

}  // namespace
}  // namespace mooring::test
