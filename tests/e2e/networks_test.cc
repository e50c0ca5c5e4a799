// SPDX-License-Identifier: Apache-2.0
// Several networks of an App on a real engine: who reaches whom, what a hand takes away, and what
// stays when the App goes; and services that wait for each other.
#include "controller/base/text.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class Networks : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    outside_ = world_->ns + "-outside";
    ASSERT_EQ(world_->engine.Do("POST", "/networks/create", {{"Name", outside_}}), 201);
  }
  void TearDown() override {
    const std::string outside = outside_;
    EndToEnd::TearDown();
    EXPECT_EQ(EngineApi(SharedEngine()).Do("DELETE", "/networks/" + outside), 204);
  }

  /// front is open, back is internal with a subnet of its own, and outside is there already.
  Json Shop() const {
    Json app = world_->App("shop");
    Json& spec = app["spec"];
    spec["networks"] = {
        {"front", Json::object()},
        {"back", {{"internal", true}, {"ipam", {{"config", {{{"subnet", subnet_}}}}}}}},
        {"outside", {{"external", true}, {"name", outside_}}}};
    Json& services = spec["services"];
    services["web"]["networks"] = {{"front", {{"aliases", {"www"}}}}, {"back", nullptr}};
    services["web"]["depends_on"] = {{"db", {{"condition", "service_healthy"}}}};
    services["db"] = World::Service();
    services["db"]["networks"] = {
        {"back", {{"ipv4_address", address_}, {"aliases", {"database"}}}}};
    services["guest"] = World::Service();
    services["guest"]["networks"] = {"front", "outside"};
    return app;
  }
  void Commit(const Json& app) {
    world_->Write("apps/shop.yaml", app);
    world_->Commit("Change shop");
    if (!world_->DaemonRuns()) world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); }));
  }
  /// Whether the service's container gets an answer from that name.
  bool Reaches(const std::string& service, const std::string& name) {
    const Json made = world_->engine.Post(
        "/containers/" + world_->Container("shop", 1, service) + "/exec",
        {{"Cmd", {"sh", "-c", "timeout 3 wget -qO- http://" + name + ":8080/"}}});
    const std::string id = made.value("Id", "");
    world_->engine.Do("POST", "/exec/" + id + "/start", {{"Detach", true}});
    Json seen;
    const bool ended = Eventually(kSoon, [&] {
      seen = world_->engine.Get("/exec/" + id + "/json");
      return seen.is_object() && seen["Running"] == false && seen["ExitCode"].is_number();
    });
    return ended && seen["ExitCode"] == 0;
  }
  std::string Created(const std::string& service) {
    Json seen = world_->engine.Inspect(world_->Container("shop", 1, service));
    return seen["Created"];
  }

  /// 10.213.<n>, of this process alone.
  const std::string part_ = fmt::format("10.213.{}", ::getpid() % 250);
  const std::string subnet_ = part_ + ".0/24";
  const std::string address_ = part_ + ".9";
  std::string outside_;
};

TEST_F(Networks, WhoIsInOneReachesTheOthersAndWhatIsTakenAwayComesBack) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Commit(Shop()));
  EXPECT_LT(Created("db"), Created("web")) << "web waited until db was healthy";
  EXPECT_TRUE(Reaches("web", "database"));
  EXPECT_TRUE(Reaches("web", address_));
  EXPECT_TRUE(Reaches("guest", "www"));
  EXPECT_FALSE(Reaches("guest", "database"));
  EXPECT_FALSE(Reaches("guest", address_));
  EXPECT_FALSE(Reaches("db", "www"));

  const CommandResult plan =
      world.Mooring({"plan", "--source", world.repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;

  // Somebody takes the database out of its network.
  const std::string db = world.engine.IdOf(world.Container("shop", 1, "db"));
  const std::string back = world.ns + "_shop_back";
  ASSERT_EQ(world.engine.Do("POST", "/networks/" + back + "/disconnect",
                            {{"Container", db}, {"Force", true}}),
            200);
  EXPECT_TRUE(Eventually(kSoon, [&] { return Reaches("web", "database"); }))
      << world.engine.Get("/networks/" + back);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop", 1, "db")), db);
  EXPECT_TRUE(Eventually(kSoon, [&] {
    Json app = world.Get("App", "shop");
    for (const Json& drift : app["status"]["drift"]) {
      if (drift["path"] == "/services/db/networks/back") return true;
    }
    return false;
  })) << "the drift names the network";
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));

  // With the App its own networks go; the one that was there before stays.
  world.Write("apps/other.yaml", world.App("other"));
  world.Commit("Keep something");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "other"); }));
  world.repo.Remove("apps/shop.yaml");
  world.Commit("Remove shop");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world.engine.Networks(world.OwnLabel()) == std::vector{world.ns + "_other"};
  }));
  EXPECT_EQ(world.engine.Get("/networks/" + outside_)["Name"], outside_);
}

TEST_F(Networks, AnExternalOneThatIsNotThereIsAskedFor) {
  World& world = *world_;
  Json app = Shop();
  app["spec"]["networks"]["outside"]["name"] = world.ns + "-nowhere";
  world.Write("apps/shop.yaml", app);
  world.Commit("Want what is not there");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Condition("App", "shop", "Stalled").value("status", "") == "True";
  }));
  const std::string message = world.Condition("App", "shop", "Ready")["message"];
  EXPECT_NE(message.find("docker network create " + world.ns + "-nowhere"), std::string::npos)
      << message;
  ASSERT_EQ(world.engine.Do("POST", "/networks/create", {{"Name", world.ns + "-nowhere"}}), 201);
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.HasConverged("App", "shop"); }));
  world.engine.Do("DELETE", "/containers/" + world.Container("shop", 1, "guest") + "?force=1");
  ASSERT_TRUE(world.StopDaemon());
  world.engine.Do("DELETE", "/containers/" + world.Container("shop", 1, "guest") + "?force=1");
  EXPECT_EQ(world.engine.Do("DELETE", "/networks/" + world.ns + "-nowhere"), 204);
}

}  // namespace
}  // namespace mooring::test
