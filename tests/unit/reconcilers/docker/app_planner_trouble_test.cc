// SPDX-License-Identifier: Apache-2.0
// What a person is told and must solve, and what is left alone meanwhile.
#include <gmock/gmock.h>

#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using Trouble = AppFixture;
using docker::Health;
using std::chrono::seconds;

TEST_F(Trouble, TakenNameIsNameConflictAndTheRestGoesOn) {
  Json foreign = {{"Image", "web:1"}};
  ASSERT_TRUE(host.CreateContainer("default_shop_web_1", foreign, {}));
  const Resource app = App({{"api", Service()}, {"web", Service()}});
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kNameConflict);
  ASSERT_TRUE(loop->Apply(plan));
  EXPECT_TRUE(host.Find("default_shop_api_1"));
  // Renamed out of the way, the App is looked at again and finishes.
  ASSERT_TRUE(host.RenameContainer("default_shop_web_1", "mine", {}));
  bool woken = false;
  for (const auto& event : host.TakeEvents()) {
    const auto keys = loop->observer.OnEvent(event);
    woken = woken || std::find(keys.begin(), keys.end(), app.key) != keys.end();
  }
  EXPECT_TRUE(woken);
  Converge(app);
}

TEST_F(Trouble, TakenNetworkNameIsNameConflict) {
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  const Resource app = App({{"web", Service()}});
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kNameConflict);
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(host.RemoveNetwork("default_shop", {}));
  Converge(app);
}

TEST_F(Trouble, NamesakeOfOurNetworkIsNameConflict) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  EXPECT_EQ(Plan(app).blocked->reason(), reason::kNameConflict);
}

TEST_F(Trouble, MissingImageIsPulledOnce) {
  host.AddToRegistry("new:1");
  const Resource app = App({{"api", Service("new:1")}, {"web", Service("new:1")}});
  const ResourcePlan plan = Plan(app);
  EXPECT_EQ(Lines(plan),
            "create network/default_shop: new\n"
            "create image/new:1: not on this host\n"
            "create container/default_shop_api_1: new\n"
            "create container/default_shop_web_1: new\n");
  Converge(app);
}

TEST_F(Trouble, FailedPullStopsBeforeAnythingIsTakenDown) {
  const Json port = {{"ports", {{{"target", 80}, {"published", 8080}}}}};
  Converge(App({{"cache", Service()}, {"web", Service("web:1", port)}}));
  host.StopByHand("default_shop_cache_1");
  const Resource app = App({{"cache", Service()}, {"web", Service("nowhere:1", port)}});
  const ResourcePlan plan = Plan(app);
  const Status applied = loop->Apply(plan);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason(), reason::kImagePullFailed);
  EXPECT_EQ(Containers(), "default_shop_cache_1 running web:1\ndefault_shop_web_1 running web:1\n");
}

TEST_F(Trouble, PullPolicies) {
  const auto plan = [&](const std::string& image, const std::string& policy) {
    return Plan(App({{"web", Service(image, {{"pull_policy", policy}})}}));
  };
  EXPECT_EQ(plan("web:1", "always").changes[1].object, "image/web:1");
  EXPECT_EQ(plan("web:1", "missing").changes[1].object, "container/default_shop_web_1");
  const ResourcePlan never = plan("new:1", "never");
  ASSERT_TRUE(never.blocked);
  EXPECT_EQ(never.blocked->reason(), reason::kImagePullFailed);
  EXPECT_EQ(never.changes.size(), 1u) << "the network";
}

TEST_F(Trouble, MissingExternalVolumeBlocksAndItsCreationWakes) {
  const Json mount = {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}}}};
  const Resource app = App({{"web", Service("web:1", mount)}}, {},
                           {{"volumes", {{"data", {{"external", true}, {"name", "shared"}}}}}});
  ASSERT_TRUE(Plan(app).blocked);
  ASSERT_TRUE(host.CreateVolume({{"Name", "shared"}}, {}));
  const auto events = host.TakeEvents();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(loop->observer.OnEvent(events.back()), std::vector<ResourceKey>{app.key});
  Converge(app);
}

TEST_F(Trouble, HealthTimeoutNamesContainerAndHowToFindOut) {
  host.SetBehaviour("web:1", {.becomes_healthy = false});
  const Resource app = App({{"web", Service()}}, {}, {{"rollout", {{"healthTimeout", "30s"}}}});
  Step(app);
  clock.Advance(seconds(31));
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kHealthTimeout);
  EXPECT_EQ(plan.blocked->message(),
            "default_shop_web_1 is not healthy after 30s (health: starting); see why with: "
            "docker logs default_shop_web_1");
  host.SetHealth("default_shop_web_1", Health::kHealthy);
  EXPECT_EQ(Step(app), "");
}

TEST_F(Trouble, CrashLoopIsLeftToTheEngineAndReported) {
  host.SetBehaviour("web:1", {.exits_with = 3});
  const Resource app = App({{"web", Service()}});
  Step(app);
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.wait);
  EXPECT_EQ(plan.wait->reason, reason::kCrashLoop);
  EXPECT_FALSE(plan.HasChanges());
  EXPECT_EQ(plan.wait->message,
            "default_shop_web_1: exits again and again (restarting, exit code 3, 1 restart); see "
            "why with: docker logs "
            "default_shop_web_1");
}

TEST_F(Trouble, ACrashLoopLongAfterTheRolloutIsToldAndTouchedByNobody) {
  const Resource app = App({{"web", Service("web:1", {{"healthcheck", {{"disable", true}}}})}});
  Converge(app);
  loop->applied[app.key] = app.spec_digest;
  host.SetBehaviour("web:1", {.exits_with = 3});
  host.Kill("default_shop_web_1", 3);
  host.Edit("default_shop_web_1", [](auto& c) { c.restart_count = 3; });
  Restart();
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kCrashLoop);
  EXPECT_EQ(plan.blocked->message(),
            "default_shop_web_1 exits again and again; the engine starts it each time; see why "
            "with: docker logs default_shop_web_1");
  EXPECT_FALSE(plan.HasChanges());
}

TEST_F(Trouble, AfterACrashLoopAMomentOfRunningIsNotHealth) {
  const Resource app = App({{"web", Service("web:1", {{"healthcheck", {{"disable", true}}}})}});
  Converge(app);
  loop->applied[app.key] = app.spec_digest;
  host.Kill("default_shop_web_1", 3);
  host.Edit("default_shop_web_1", [](auto& c) { c.restart_count = 3; });
  Restart();
  clock.Advance(std::chrono::seconds(30));
  EXPECT_TRUE(Plan(app).blocked);
  clock.Advance(std::chrono::seconds(31));
  const ResourcePlan plan = Plan(app);
  EXPECT_FALSE(plan.blocked);
  EXPECT_TRUE(plan.healthy);
}

TEST_F(Trouble, ContainerThatRunsToItsEndIsCompleted) {
  for (const std::string restart : {"no", "on-failure"}) {
    host.SetBehaviour("web:1", {.exits_with = 0});
    const Resource app = App({{"web", Service("web:1", {{"restart", restart}})}});
    Converge(app);
    EXPECT_EQ(host.Find("default_shop_web_1")->state, "exited");
    Finish(nullptr, app.key);
  }
}

TEST_F(Trouble, ServerThatEndsIsStartedAgain) {
  const Resource app = App({{"web", Service("web:1", {{"restart", "on-failure"}})}}, {"web"});
  Converge(app);
  host.Kill("default_shop_web_1", 0);
  EXPECT_TRUE(Step(app).starts_with("restart container/default_shop_web_1: stopped (drift)\n"));
  Converge(app);
}

TEST_F(Trouble, ContainerThatFailsAndMayNotRestartBlocks) {
  host.SetBehaviour("web:1", {.exits_with = 2});
  const Resource app = App({{"web", Service("web:1", {{"restart", "no"}})}});
  Step(app);
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kCrashLoop);
  EXPECT_FALSE(plan.HasChanges());
}

TEST_F(Trouble, PortConflictIsRetriedUntilThePortIsFree) {
  host.TakePort("8080/tcp");
  const Resource app =
      App({{"web", Service("web:1", {{"ports", {{{"target", 80}, {"published", 8080}}}}})}});
  const Status applied = loop->Apply(Plan(app));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason(), reason::kPortConflict);
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "created");
  host.FreePort("8080/tcp");
  EXPECT_TRUE(
      Step(app).starts_with("restart container/default_shop_web_1: created and not started\n"));
  Converge(app);
}

TEST_F(Trouble, DeadContainerIsReplaced) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  host.Edit("default_shop_web_1", [](auto& c) { c.state = "dead"; });
  loop->observer.ForgetAll();
  EXPECT_EQ(Step(app),
            "replace container/default_shop_web_1: dead (drift)\n"
            "  services.web.containers.1: dead -> running\n");
  Converge(app);
}

TEST_F(Trouble, ContainerBeingRemovedIsWaitedFor) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  host.Edit("default_shop_web_1", [](auto& c) { c.state = "removing"; });
  loop->observer.ForgetAll();
  EXPECT_EQ(Step(app),
            "wait Progressing: default_shop_web_1: the engine is still removing the one before\n");
}

TEST_F(Trouble, SecondContainerOfAReplicaGoes) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  Json body = {{"Image", "web:1"}, {"Labels", host.Find("default_shop_web_1")->labels}};
  ASSERT_TRUE(host.CreateContainer("copy", body, {}));
  const std::string lines = Step(app);
  EXPECT_NE(lines.find("container/copy"), std::string::npos) << lines;
  Converge(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Trouble, DeleteKeepsVolumesAndSaysSo) {
  const Json mount = {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}}},
                      {"stop_grace_period", "3s"}};
  const Resource app = App({{"web", Service("web:1", mount)}}, {"web"});
  Converge(app);
  const ResourcePlan plan = Plan(nullptr, app.key);
  EXPECT_EQ(Lines(plan),
            "delete hosts/default_shop: gone from the source\n"
            "delete container/default_shop_web_1: gone from the source\n"
            "delete network/default_shop: gone from the source\n");
  EXPECT_EQ(plan.notes, std::vector<std::string>{"data kept: volume default_shop_data (0 B)"});
  EXPECT_EQ(plan.impact, Impact::kDowntime);
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "");
  EXPECT_FALSE(host.HasNetwork("default_shop"));
  EXPECT_TRUE(host.HasVolume("default_shop_data"));
  EXPECT_FALSE((*loop->observer.Observe(app.key, nullptr, {}))->exists());
}

TEST_F(Trouble, ForeignNetworkOfTheNameOutlivesTheApp) {
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  const ResourceKey key{"App", "default", "shop"};
  EXPECT_EQ(Lines(Plan(nullptr, key)), "");
  EXPECT_FALSE((*loop->observer.Observe(key, nullptr, {}))->exists());
}

TEST_F(Trouble, FullPoolSaysWhereToGiveMore) {
  DockerLoop::Options options;
  options.planner.address_pool = *docker::Subnet::Parse("10.201.0.0/26");
  loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
  ASSERT_TRUE(host.CreateNetwork(
      {{"Name", "other"}, {"IPAM", {{"Config", {{{"Subnet", "10.201.0.0/24"}}}}}}}, {}));
  const ResourcePlan plan = Plan(App({{"web", Service()}}));
  ASSERT_TRUE(plan.blocked);
  EXPECT_NE(plan.blocked->message().find("docker.addressPool"), std::string::npos);
}

class TwoNetworks : public AppFixture {
 protected:
  void MakeNetwork(const std::string& subnet) {
    const Json body = {{"Name", "default_shop"},
                       {"Labels",
                        {{"mooring.dev/instance", "host-1"},
                         {"mooring.dev/kind", "App"},
                         {"mooring.dev/namespace", "default"},
                         {"mooring.dev/name", "shop"}}},
                       {"IPAM", {{"Config", {{{"Subnet", subnet}}}}}}};
    ASSERT_TRUE(host.CreateNetwork(body, {}));
    Restart();
  }
  /// Killed between the create and the start of the container.
  void CreateOnly(const Resource& app) {
    const ResourcePlan plan = Plan(app);
    host.FailWrite(static_cast<int>(plan.changes.size()) + 1,
                   Error(ErrorCode::kUnavailable, "killed"));
    ASSERT_FALSE(loop->Apply(plan));
    ASSERT_EQ(host.Find("default_shop_web_1")->state, "created");
    Restart();
  }
};

TEST_F(TwoNetworks, TheOneThatAContainerWasMadeForStaysAlthoughItNeverRan) {
  const Resource app = App({{"web", Service()}});
  CreateOnly(app);
  MakeNetwork("10.201.9.0/26");
  const std::string lines = Step(app);
  EXPECT_THAT(lines, ::testing::StartsWith("delete network/default_shop: made twice; "));
  EXPECT_THAT(lines, ::testing::Not(::testing::HasSubstr("made for a network")));
  Converge(app);
  EXPECT_EQ(AddressOf("default_shop_web_1"), "10.201.0.2");
}

TEST_F(TwoNetworks, AContainerThatWasMadeForTheOneThatIsGoneGetsAPlaceInTheOther) {
  const Resource app = App({{"web", Service()}});
  CreateOnly(app);
  ASSERT_TRUE(host.RemoveNetwork("default_shop", {}));
  MakeNetwork("10.201.9.0/26");
  EXPECT_EQ(Step(app),
            "update container/default_shop_web_1: made for a network that is gone\n"
            "  services.web.networks.default: with the address 10.201.0.2 of another network -> "
            "connected as web\n"
            "restart container/default_shop_web_1: created and not started\n"
            "  services.web.containers.1: created -> running\n"
            "wait Progressing: default_shop_web_1: created for 0s\n");
  Converge(app);
  EXPECT_EQ(AddressOf("default_shop_web_1"), "10.201.9.2");
}

TEST_F(TwoNetworks, TheUnusedOneGoes) {
  const Resource app = App({{"web", Service()}});
  // Both are there before any container is.
  MakeNetwork("10.201.9.0/26");
  MakeNetwork("10.201.10.0/26");
  EXPECT_THAT(Lines(Plan(app)), ::testing::StartsWith("delete network/default_shop: made twice; "));
  Converge(app);
  // One more beside the one that a container uses.
  MakeNetwork("10.201.11.0/26");
  EXPECT_THAT(Step(app), ::testing::StartsWith("delete network/default_shop: made twice; "));
  Converge(app);
  Finish(nullptr, app.key);
  EXPECT_FALSE(host.HasNetwork("default_shop"));
}

}  // namespace
}  // namespace mooring::testing
