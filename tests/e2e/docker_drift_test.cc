// SPDX-License-Identifier: Apache-2.0
// What somebody does to containers by hand is found, told and put right within seconds.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class DockerDrift : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    World& world = *world_;
    container_ = world.Container("shop");
    app_ = world.App("shop");
    app_["spec"]["services"]["web"]["deploy"]["resources"]["limits"]["memory"] = "64M";
    app_["spec"]["services"]["web"]["image"] = "mooring-test/" + world.ns + ":live";
    world.engine.Tag("mooring-test/web:1.0.0", "mooring-test/" + world.ns, "live");
    world.CommitAppWithSite("shop", app_);
    world.StartDaemon();
    ASSERT_TRUE(
        Eventually(kSoon, [&] { return world.Serves("shop", "hello from version 1.0.0"); }));
    ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
    id_ = world.engine.IdOf(container_);
  }
  void TearDown() override {
    const std::string image = world_ ? "/images/mooring-test/" + world_->ns + ":live" : "";
    EndToEnd::TearDown();
    if (!image.empty()) EngineApi(SharedEngine()).Do("DELETE", image + "?force=1");
  }

  /// Waits until the App is as it should be again, and both sides of it were told.
  void ExpectRepaired(const std::function<bool()>& repaired,
                      std::chrono::seconds patience = std::chrono::seconds(15)) {
    World& world = *world_;
    EXPECT_TRUE(Eventually(patience, repaired)) << "not repaired";
    EXPECT_TRUE(Eventually(patience, [&] {
      return world.HasConverged("App", "shop") && world.Events("App", "shop", "DriftFound") > 0 &&
             world.Events("App", "shop", "DriftCorrected") > 0;
    })) << "not told";
    EXPECT_TRUE(
        Eventually(kSoon, [&] { return world.Serves("shop", "hello from version 1.0.0"); }));
    EXPECT_EQ(world.Containers(), std::vector{container_});
    for (const Json& drift : world.Get("App", "shop")["status"]["drift"]) {
      EXPECT_FALSE(drift["corrected"].is_null()) << drift;
    }
  }
  bool Runs() {
    Json seen = world_->engine.Inspect(container_);
    return seen.is_object() && seen["State"]["Running"] == true && seen["State"]["Paused"] == false;
  }
  /// The paths of all drift that was seen.
  std::set<std::string> DriftPaths() {
    std::set<std::string> paths;
    Json resource = world_->Get("App", "shop");
    for (const Json& drift : resource["status"]["drift"]) paths.insert(drift["path"]);
    return paths;
  }
  int Do(const std::string& action) {
    return world_->engine.Do("POST", "/containers/" + container_ + "/" + action);
  }

  Json app_;
  std::string container_;
  std::string id_;
};

TEST_F(DockerDrift, Kill) {
  ASSERT_EQ(Do("kill"), 204);
  ExpectRepaired([&] { return Runs(); });
  EXPECT_EQ(world_->engine.IdOf(container_), id_) << "started again, not replaced";
}

TEST_F(DockerDrift, Stop) {
  ASSERT_EQ(Do("stop"), 204);
  ExpectRepaired([&] { return Runs(); });
  EXPECT_EQ(world_->engine.IdOf(container_), id_);
}

TEST_F(DockerDrift, Remove) {
  ASSERT_EQ(world_->engine.Do("DELETE", "/containers/" + container_ + "?force=1"), 204);
  ExpectRepaired([&] { return Runs(); });
}

TEST_F(DockerDrift, Pause) {
  ASSERT_EQ(Do("pause"), 204);
  ExpectRepaired([&] { return Runs(); });
  EXPECT_EQ(world_->engine.IdOf(container_), id_);
}

TEST_F(DockerDrift, MemoryLimit) {
  ASSERT_EQ(world_->engine.Do("POST", "/containers/" + container_ + "/update",
                              {{"Memory", 32 << 20}, {"MemorySwap", 64 << 20}}),
            200);
  ExpectRepaired(
      [&] { return world_->engine.Inspect(container_)["HostConfig"]["Memory"] == 64 << 20; });
  EXPECT_EQ(world_->engine.IdOf(container_), id_);
  EXPECT_EQ(DriftPaths(), std::set<std::string>{"/services/web/deploy/resources/limits/memory"});
}

TEST_F(DockerDrift, Rename) {
  ASSERT_EQ(Do("rename?name=" + world_->ns + "_other"), 204);
  ExpectRepaired([&] { return world_->engine.IdOf(container_) == id_; });
}

TEST_F(DockerDrift, NetworkDisconnect) {
  const std::string address = world_->engine.AddressOf(container_);
  ASSERT_EQ(world_->engine.Do("POST", "/networks/" + world_->ns + "_shop/disconnect",
                              {{"Container", container_}, {"Force", true}}),
            200);
  ExpectRepaired([&] { return world_->engine.AddressOf(container_) == address; });
  EXPECT_EQ(world_->engine.IdOf(container_), id_);
}

TEST_F(DockerDrift, AContainerMadeAgainByHandWithAnotherEnvironment) {
  World& world = *world_;
  Json seen = world.engine.Inspect(container_);
  Json body = seen["Config"];
  body["Env"] = {"GREETING=hijacked"};
  body["HostConfig"] = seen["HostConfig"];
  const std::string network = world.ns + "_shop";
  body["NetworkingConfig"]["EndpointsConfig"][network] = {
      {"IPAMConfig", seen["NetworkSettings"]["Networks"][network]["IPAMConfig"]},
      {"Aliases", {"web"}}};
  ASSERT_TRUE(world.StopDaemon());  // so that the very moment does not matter
  ASSERT_EQ(world.engine.Do("DELETE", "/containers/" + container_ + "?force=1"), 204);
  ASSERT_EQ(world.engine.Do("POST", "/containers/create?name=" + container_, body), 201);
  ASSERT_EQ(Do("start"), 204);
  const std::string impostor = world.engine.IdOf(container_);
  world.StartDaemon();
  ExpectRepaired(
      [&] {
        const std::string now = world.engine.IdOf(container_);
        return !now.empty() && now != impostor && Runs();
      },
      kRollout);
  EXPECT_TRUE(DriftPaths().contains("/services/web/environment/GREETING"));
}

TEST_F(DockerDrift, AMovedTagRolls) {
  World& world = *world_;
  world.engine.Tag("mooring-test/web:2.0.0", "mooring-test/" + world.ns, "live");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.Serves("shop", "version 2.0.0"); }));
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world.HasConverged("App", "shop") && world.Containers() == std::vector{container_};
  }));
  EXPECT_NE(world.engine.IdOf(container_), id_);
}

TEST_F(DockerDrift, AStrangerWithOurNameIsAConflictUntilItGoes) {
  World& world = *world_;
  ASSERT_TRUE(world.StopDaemon());
  ASSERT_EQ(world.engine.Do("DELETE", "/containers/" + container_ + "?force=1"), 204);
  const std::string stranger = world.RunByHand(container_, Json::object());
  ASSERT_FALSE(stranger.empty());
  world.StartDaemon();
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world.Has("App", "shop", "Stalled", "NameConflict"); }));
  const std::string message = world.Condition("App", "shop", "Ready")["message"];
  EXPECT_NE(message.find("docker rm -f " + container_), std::string::npos) << message;
  EXPECT_EQ(world.engine.IdOf(container_), stranger) << "what is not ours is not touched";

  ASSERT_EQ(world.engine.Do("DELETE", "/containers/" + container_ + "?force=1"), 204);
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Serves("shop", "version 1.0.0"); }));
}

TEST_F(DockerDrift, AnIgnoredFieldStays) {
  World& world = *world_;
  app_["spec"]["drift"]["ignore"] = {"/services/web/deploy/resources/limits/memory"};
  world.Write("apps/shop.yaml", app_);
  world.Commit("Ignore the limit");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
  ASSERT_EQ(world.engine.Do("POST", "/containers/" + container_ + "/update",
                            {{"Memory", 32 << 20}, {"MemorySwap", 64 << 20}}),
            200);
  // The next drift shows that this one was looked at.
  ASSERT_EQ(Do("kill"), 204);
  ExpectRepaired([&] { return Runs(); });
  EXPECT_EQ(world.engine.Inspect(container_)["HostConfig"]["Memory"], 32 << 20);
}

TEST_F(DockerDrift, ModeReportTellsAndDoesNotHeal) {
  World& world = *world_;
  app_["spec"]["drift"]["mode"] = "Report";
  world.Write("apps/shop.yaml", app_);
  world.Commit("Only report");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
  const double writes = world.EngineWrites();
  ASSERT_EQ(Do("stop"), 204);
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Drifted", "DriftFound"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Events("App", "shop", "DriftFound") > 0; }));
  EXPECT_FALSE(Runs());
  EXPECT_EQ(world.EngineWrites(), writes);
  EXPECT_EQ(world.Metric("mooring_resource_drifted", {"kind=\"App\""}), 1);

  app_["spec"]["drift"]["mode"] = "Correct";
  world.Write("apps/shop.yaml", app_);
  world.Commit("Correct again");
  ExpectRepaired([&] { return Runs(); });
}

TEST_F(DockerDrift, SuspendedNothingIsChanged) {
  World& world = *world_;
  app_["spec"]["suspend"] = true;
  app_["spec"]["services"]["web"]["environment"]["GREETING"] = "not yet";
  world.Write("apps/shop.yaml", app_);
  world.Commit("Suspend");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Ready", "Suspended"); }));
  const double writes = world.EngineWrites();
  const double looks = world.Metric("mooring_reconcile_total", {"kind=\"App\""});
  ASSERT_EQ(Do("stop"), 204);
  ASSERT_TRUE(Eventually(
      kSoon, [&] { return world.Metric("mooring_reconcile_total", {"kind=\"App\""}) > looks; }));
  EXPECT_EQ(world.EngineWrites(), writes);
  EXPECT_FALSE(Runs());
  EXPECT_EQ(world.engine.IdOf(container_), id_);
  EXPECT_EQ(world.Metric("mooring_resource_suspended", {"kind=\"App\""}), 1);

  app_["spec"]["suspend"] = false;
  world.Write("apps/shop.yaml", app_);
  world.Commit("Resume");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.Serves("shop", "not yet from version"); }));
}

}  // namespace
}  // namespace mooring::test
