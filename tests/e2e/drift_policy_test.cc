// SPDX-License-Identifier: Apache-2.0
// What a spec says about drift: places that may differ, and differences that are only reported.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

constexpr int kWanted = 64 << 20;
constexpr int kByHand = 32 << 20;

class DriftPolicy : public EndToEnd {
 protected:
  /// The daemon has brought up an App with a memory limit and this `drift`.
  void Start(const Json& drift) {
    World& world = *world_;
    app_ = world.App("shop");
    app_["spec"]["drift"] = drift;
    app_["spec"]["services"]["web"]["deploy"]["resources"]["limits"]["memory"] = "64M";
    world.Write("apps/shop.yaml", app_);
    world.Commit("A shop");
    world.StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }))
        << world.Story();
    container_ = world.Container("shop");
    id_ = world.engine.IdOf(container_);
  }
  void ChangeMemory() {
    ASSERT_EQ(world_->engine.Do("POST", "/containers/" + container_ + "/update",
                                {{"Memory", kByHand}, {"MemorySwap", 2 * kByHand}}),
              200);
  }
  int Memory() { return world_->engine.Inspect(container_)["HostConfig"]["Memory"].get<int>(); }
  bool Runs() { return world_->engine.Inspect(container_)["State"]["Running"] == true; }
  Json Status() { return world_->Get("App", "shop")["status"]; }

  Json app_;
  std::string container_;
  std::string id_;
};

TEST_F(DriftPolicy, AnIgnoredPlaceStandsWhileTheRestIsRepaired) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start({{"ignore", {"/services/web/deploy/resources/limits/memory"}}}));
  ASSERT_NO_FATAL_FAILURE(ChangeMemory());
  ASSERT_TRUE(Eventually(kSoon, [&] { return !Status()["driftIgnored"].is_null(); }))
      << world.Story();
  EXPECT_EQ(Status()["driftIgnored"][0]["path"], "/services/web/deploy/resources/limits/memory");
  ASSERT_EQ(world.engine.Do("POST", "/containers/" + container_ + "/kill"), 204);
  ASSERT_TRUE(Eventually(kSoon, [&] { return Runs() && world.HasConverged("App", "shop"); }));
  EXPECT_EQ(Memory(), kByHand);
  EXPECT_EQ(world.engine.IdOf(container_), id_);
  EXPECT_TRUE(world.Condition("App", "shop", "Drifted").empty());
  for (const Json& drift : Status()["drift"])
    EXPECT_EQ(drift["path"], "/services/web/containers/1") << drift;

  app_["spec"]["services"]["web"]["deploy"]["resources"]["limits"]["memory"] = "48M";
  world.Write("apps/shop.yaml", app_);
  world.Commit("Less memory");
  EXPECT_TRUE(Eventually(kSoon, [&] { return Memory() == 48 << 20; })) << "the spec's own change";
}

TEST_F(DriftPolicy, ReportedDriftIsToldOnceAndStands) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start({{"mode", "Report"}}));
  ASSERT_NO_FATAL_FAILURE(ChangeMemory());
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Drifted", "DriftFound"); }))
      << world.Story();
  ASSERT_EQ(world.Mooring({"reconcile", "app/shop", "-n", world.ns, "--wait"}).exit_code, 0);
  EXPECT_EQ(Memory(), kByHand);
  EXPECT_TRUE(world.IsReady("App", "shop"));
  EXPECT_EQ(world.Events("App", "shop", "DriftFound"), 1);
  EXPECT_EQ(world.Events("App", "shop", "DriftCorrected"), 0);
  EXPECT_TRUE(Status()["drift"][0]["corrected"].is_null());

  ASSERT_EQ(world.engine.Do("POST", "/containers/" + container_ + "/update",
                            {{"Memory", kWanted}, {"MemorySwap", 2 * kWanted}}),
            200);
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Condition("App", "shop", "Drifted").empty(); }));
}

TEST_F(DriftPolicy, AStoppedContainerThatIsOnlyReportedStaysStopped) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start({{"mode", "Report"}}));
  ASSERT_EQ(world.engine.Do("POST", "/containers/" + container_ + "/kill"), 204);
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Drifted", "DriftFound"); }));
  ASSERT_TRUE(Eventually(kSoon, [&] { return !world.IsReady("App", "shop"); }))
      << "it goes by its health";
  EXPECT_FALSE(Runs());
  EXPECT_EQ(world.Events("App", "shop", "DriftFound"), 1);
}

}  // namespace
}  // namespace mooring::test
