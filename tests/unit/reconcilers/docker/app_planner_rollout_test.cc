// SPDX-License-Identifier: Apache-2.0
// Rollouts, run by run, from what is there.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using Rollout = AppFixture;
using docker::Health;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(Rollout, CreatesEverythingAndIsQuiet) {
  const Resource app = App(
      {{"web", Service("web:1", {{"volumes",
                                  {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}}}})}},
      {"web"});
  EXPECT_EQ(Step(app),
            "create volume/default_shop_data: new\n"
            "create network/default_shop: new\n"
            "create container/default_shop_web_1: new\n");
  EXPECT_EQ(Step(app),
            "update hosts/default_shop: healthy replicas changed\n"
            "wait Progressing: default_shop_web_1: health: starting for 0s\n");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2") << "the name must exist, healthy or not";
  host.Settle();
  EXPECT_EQ(Step(app), "");
  EXPECT_TRUE(host.HasVolume("default_shop_data"));
  loop->applied[app.key] = app.spec_digest;
  host.ResetCalls();
  EXPECT_EQ(Step(app), "");
  EXPECT_EQ(host.reads() + host.writes(), 0);
}

TEST_F(Rollout, StartFirstMovesTheNameBetweenHealthyContainers) {
  Converge(App({{"web", Service()}}, {"web"}));
  const std::string old_address = AddressesOf("web");
  const Resource app = App({{"web", Service("web:2")}}, {"web"});
  const ResourcePlan first = Plan(app);
  EXPECT_EQ(Lines(first),
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.image: web:1 -> web:2\n");
  EXPECT_EQ(first.notes, std::vector<std::string>{"no downtime: StartFirst, 1 container"});
  EXPECT_EQ(first.impact, Impact::kNone);
  ASSERT_TRUE(loop->Apply(first));
  EXPECT_EQ(Containers(),
            "default_shop_web_1 running web:1\ndefault_shop_web_1_next running web:2\n");
  EXPECT_EQ(AddressesOf("web"), old_address);
  EXPECT_EQ(Step(app), "wait RollingOut: default_shop_web_1_next: health: starting for 0s\n");
  host.Settle();
  EXPECT_EQ(Step(app),
            "update hosts/default_shop: healthy replicas changed\n"
            "wait RollingOut: default_shop_web_1: draining, new requests go elsewhere already\n");
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_1_next"));
  clock.Advance(milliseconds(6400));
  EXPECT_EQ(Step(app),
            "wait RollingOut: default_shop_web_1: draining, new requests go elsewhere already\n");
  clock.Advance(milliseconds(200));
  EXPECT_EQ(Step(app), "replace container/default_shop_web_1: its replacement is healthy\n");
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
  EXPECT_EQ(Step(app), "");
}

TEST_F(Rollout, StartFirstSaysThatVolumesAreShared) {
  const auto service = [](const char* image) {
    return Service(
        image, {{"volumes",
                 {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}},
                  {{"type", "volume"}, {"target", "/anonymous"}},
                  {{"type", "volume"}, {"source", "ro"}, {"target", "/r"}, {"read_only", true}}}}});
  };
  const Json said = {{"rollout", {{"strategy", "StartFirst"}}}};
  Converge(App({{"web", service("web:1")}}, {}, said));
  EXPECT_EQ(Plan(App({{"web", service("web:2")}}, {}, said)).notes,
            (std::vector<std::string>{
                "no downtime: StartFirst, 1 container",
                "old and new web share volume data for a while; set rollout.strategy: Recreate if "
                "it locks its data"}));
}

/// As two databases would on one data directory.
TEST_F(Rollout, TwoNeverWriteToOneVolumeUnlessTheSpecSaysSo) {
  const auto service = [](const char* image) {
    return Service(image,
                   {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}}}});
  };
  Converge(App({{"db", service("web:1")}}));
  const Resource next = App({{"db", service("web:2")}});
  EXPECT_EQ(Plan(next).notes,
            (std::vector<std::string>{
                "downtime of db while its container is replaced: Recreate, because it writes to a "
                "volume, which rollout.strategy: StartFirst lets two do"}));
  for (int step = 0; step < 20 && Step(next) != ""; ++step) {
    int running = 0;
    for (const auto& c : host.containers()) running += c.state == "running" ? 1 : 0;
    EXPECT_LE(running, 1) << Containers();
    host.Settle();
    clock.Advance(seconds(2));
    PassEventsOn();
  }
  EXPECT_EQ(Containers(), "default_shop_db_1 running web:2\n");
}

TEST_F(Rollout, NewContainerThatNeverGetsHealthyIsLeftBesideTheOld) {
  Converge(App({{"web", Service()}}, {"web"}));
  const std::string old_address = AddressesOf("web");
  host.SetBehaviour("web:2", {.becomes_healthy = false});
  const Resource broken =
      App({{"web", Service("web:2")}}, {"web"}, {{"rollout", {{"healthTimeout", "30s"}}}});
  Step(broken);
  host.SetHealth("default_shop_web_1_next", Health::kUnhealthy);
  clock.Advance(seconds(31));
  const ResourcePlan plan = Plan(broken);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kHealthTimeout);
  EXPECT_FALSE(plan.HasChanges());
  EXPECT_EQ(AddressesOf("web"), old_address);
  // Back to what runs: the new one goes, the old one was never touched.
  const std::string id = host.Find("default_shop_web_1")->id;
  Converge(App({{"web", Service()}}, {"web"}));
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Rollout, TheOldContainerGetsItsTimeToDrain) {
  const Json patient = {{"rollout", {{"drainTimeout", "30s"}}}};
  Converge(App({{"web", Service()}}, {"web"}, patient));
  const Resource next = App({{"web", Service("web:2")}}, {"web"}, patient);
  Step(next);
  host.Settle();
  Step(next);
  clock.Advance(seconds(29));
  EXPECT_EQ(Step(next),
            "wait RollingOut: default_shop_web_1: draining, new requests go elsewhere already\n");
  clock.Advance(seconds(1));
  EXPECT_EQ(Step(next), "replace container/default_shop_web_1: its replacement is healthy\n");
}

TEST_F(Rollout, AFailureSaysWhatTheContainerSaidLast) {
  Converge(App({{"web", Service()}}, {"web"}));
  const Resource broken = App({{"web", Service("web:2")}}, {"web"});
  Step(broken);
  host.Edit("default_shop_web_1_next", [](auto& c) {
    c.health = Health::kUnhealthy;
    c.lines = {"no such table", "giving up"};
  });
  clock.Advance(seconds(121));
  const ResourcePlan plan = Plan(broken);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->message(),
            "web (web:2) is not healthy after 2m (unhealthy); it said last: no such table | "
            "giving up");
}

TEST_F(Rollout, AVersionThatExitsThreeTimesHasFailed) {
  Converge(App({{"web", Service()}}, {"web"}));
  const Resource broken = App({{"web", Service("web:2")}}, {"web"});
  Step(broken);
  for (int i = 0; i < 2; ++i) host.Kill("default_shop_web_1_next", 3);
  EXPECT_FALSE(Plan(broken).blocked);
  host.Edit("default_shop_web_1_next", [](auto& c) { c.restart_count = 3; });
  Restart();
  const ResourcePlan plan = Plan(broken);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kCrashLoop);
  // Without a way back it is left to the engine, which may have better luck, and told.
  const Resource kept =
      App({{"web", Service("web:2")}}, {"web"}, {{"rollout", {{"autoRollback", false}}}});
  const ResourcePlan standing = Plan(kept);
  ASSERT_TRUE(standing.blocked);
  EXPECT_EQ(standing.blocked->reason(), reason::kCrashLoop);
  EXPECT_FALSE(standing.HasChanges());
}

TEST_F(Rollout, OvertakenRolloutStartsOverWithoutACollision) {
  host.AddImage("web:3", {{"Cmd", {"serve"}}});
  Converge(App({{"web", Service()}}, {"web"}));
  Step(App({{"web", Service("web:2")}}, {"web"}));
  const Resource third = App({{"web", Service("web:3")}}, {"web"});
  EXPECT_EQ(
      Step(third),
      "wait RollingOut: default_shop_web_1_next: draining, new requests go elsewhere already\n");
  clock.Advance(seconds(7));
  EXPECT_EQ(Step(third),
            "delete container/default_shop_web_1_next: overtaken by a newer spec\n"
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.image: web:1 -> web:3\n");
  Converge(third);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:3\n");
}

TEST_F(Rollout, OvertakenAfterTheSwitchKeepsTheHealthyOne) {
  host.AddImage("web:3", {{"Cmd", {"serve"}}});
  Converge(App({{"web", Service()}}, {"web"}));
  const Resource second = App({{"web", Service("web:2")}}, {"web"});
  Step(second);
  host.Settle();
  Step(second);  // the name points at web:2 now, web:1 drains
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  const Resource third = App({{"web", Service("web:3")}}, {"web"});
  clock.Advance(seconds(7));
  Step(third);
  EXPECT_EQ(Containers(),
            "default_shop_web_1 running web:3\ndefault_shop_web_1_next running web:2\n");
  Converge(third);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:3\n");
}

TEST_F(Rollout, ReplicasGoOneAfterTheOther) {
  const Json two = {{"deploy", {{"replicas", 2}}}};
  Converge(App({{"web", Service("web:1", two)}}, {"web"}));
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2 10.201.0.3");
  const Resource app = App({{"web", Service("web:2", two)}}, {"web"});
  const std::string first = Step(app);
  EXPECT_EQ(first,
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.image: web:1 -> web:2\n"
            "replace container/default_shop_web_2: spec changed after default_shop_web_1\n"
            "  services.web.image: web:1 -> web:2\n");
  EXPECT_FALSE(host.Find("default_shop_web_2_next"));
  for (int i = 0; i < 20; ++i) {
    const bool both = host.Find("default_shop_web_1_next") && host.Find("default_shop_web_2_next");
    EXPECT_FALSE(both);
    host.Settle();
    clock.Advance(seconds(2));
    Step(app);
    EXPECT_NE(AddressesOf("web").find(' '), std::string::npos) << "always two behind the name";
  }
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\ndefault_shop_web_2 running web:2\n");
}

TEST_F(Rollout, ReplicaChangedByHandWaitsForARolloutInProgress) {
  const Json two = {{"deploy", {{"replicas", 2}}}};
  const Resource app = App({{"web", Service("web:1", two)}}, {"web"});
  Converge(app);
  host.Edit("default_shop_web_2", [](auto& c) { c.config["User"] = "nobody"; });
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  loop->observer.ForgetAll();
  const ResourcePlan plan = Plan(app);
  ASSERT_EQ(plan.changes.size(), 2u) << Lines(plan);
  EXPECT_EQ(plan.changes[1].after, "default_shop_web_1");
}

TEST_F(Rollout, PublishedPortMeansRecreate) {
  const Json port = {{"ports", {{{"target", 80}, {"published", 8080}}}}};
  Converge(App({{"web", Service("web:1", port)}}, {"web"}));
  const Resource app = App({{"web", Service("web:2", port)}}, {"web"});
  const ResourcePlan plan = Plan(app);
  EXPECT_EQ(plan.impact, Impact::kDowntime);
  EXPECT_EQ(plan.notes,
            std::vector<std::string>{
                "downtime of web while its container is replaced: Recreate, because it publishes a "
                "fixed host port"});
  ASSERT_TRUE(loop->Apply(plan));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
  Converge(app);
}

TEST_F(Rollout, RecreateStrategyStopsFirst) {
  const Json recreate = {{"rollout", {{"strategy", "Recreate"}}}};
  Converge(App({{"web", Service()}}, {}, recreate));
  Step(App({{"web", Service("web:2")}}, {}, recreate));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
}

TEST_F(Rollout, ScalesUpAndDown) {
  Converge(App({{"web", Service()}}, {"web"}));
  Converge(App({{"web", Service("web:1", {{"deploy", {{"replicas", 3}}}})}}, {"web"}));
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2 10.201.0.3 10.201.0.4");
  const Resource one = App({{"web", Service()}}, {"web"});
  EXPECT_EQ(Step(one),
            "update hosts/default_shop: healthy replicas changed\n"
            "wait RollingOut: default_shop_web_2: draining, new requests go elsewhere already; "
            "default_shop_web_3: draining, new requests go elsewhere already\n");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2");
  clock.Advance(seconds(7));
  EXPECT_EQ(Step(one),
            "delete container/default_shop_web_2: fewer replicas\n"
            "delete container/default_shop_web_3: fewer replicas\n");
  Converge(one);
}

TEST_F(Rollout, ScalesToZeroAndBack) {
  Converge(App({{"web", Service()}}, {"web"}));
  const Resource none = App({{"web", Service("web:1", {{"deploy", {{"replicas", 0}}}})}}, {"web"});
  Converge(none);
  EXPECT_EQ(Containers(), "");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2") << "no query leaks to DNS";
  Converge(App({{"web", Service()}}, {"web"}));
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_1"));
}

TEST_F(Rollout, ReplicaToGoServesUntilTheOthersAreHealthy) {
  Converge(App({{"web", Service("web:1", {{"deploy", {{"replicas", 2}}}})}}, {"web"}));
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  const Resource one = App({{"web", Service()}}, {"web"});
  for (int i = 0; i < 8; ++i) {
    Step(one);
    clock.Advance(seconds(2));
  }
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_2"));
  host.SetHealth("default_shop_web_1", Health::kHealthy);
  Converge(one);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Rollout, ReplicaToGoComesBackWhenTheOthersFailWhileItDrains) {
  Converge(App({{"web", Service("web:1", {{"deploy", {{"replicas", 2}}}})}}, {"web"}));
  const Resource one = App({{"web", Service()}}, {"web"});
  Step(one);
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  clock.Advance(seconds(7));
  EXPECT_EQ(Step(one).substr(0, 64),
            "update hosts/default_shop: healthy replicas changed\nwait Progres");
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_2"));
  host.SetHealth("default_shop_web_1", Health::kHealthy);
  Converge(one);
}

TEST_F(Rollout, RenamedServiceTakesOverTheHostPort) {
  const Json port = {{"ports", {{{"target", 80}, {"published", 8080}}}}};
  Converge(App({{"web", Service("web:1", port)}}));
  const Resource app = App({{"api", Service("web:1", port)}});
  EXPECT_EQ(Step(app),
            "delete container/default_shop_web_1: service web is gone from the spec\n"
            "create container/default_shop_api_1: new\n");
  Converge(app);
}

TEST_F(Rollout, RenamedServiceServesUntilTheNewOneIsHealthy) {
  Converge(App({{"web", Service()}}, {"web"}));
  const std::string old_address = AddressesOf("web");
  const Resource app = App({{"api", Service()}}, {"api"});
  EXPECT_EQ(Step(app),
            "delete container/default_shop_web_1: service web is gone from the spec after "
            "default_shop_api_1\n"
            "create container/default_shop_api_1: new\n");
  Step(app);
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
  EXPECT_EQ(AddressesOf("web"), old_address);
  host.Settle();
  EXPECT_EQ(Step(app),
            "update hosts/default_shop: healthy replicas changed\n"
            "delete container/default_shop_web_1: service web is gone from the spec\n");
  EXPECT_EQ(AddressesOf("web"), "");
  Converge(app);
}

TEST_F(Rollout, RenamedServiceUnderRecreateMakesRoomFirst) {
  const Json recreate = {{"rollout", {{"strategy", "Recreate"}}}};
  Converge(App({{"web", Service()}}, {}, recreate));
  EXPECT_EQ(Step(App({{"api", Service()}}, {}, recreate)),
            "delete container/default_shop_web_1: service web is gone from the spec\n"
            "create container/default_shop_api_1: new\n");
}

TEST_F(Rollout, UnroutedServiceIsNotDrained) {
  Converge(App({{"web", Service()}}));
  const Resource app = App({{"web", Service("web:2")}});
  Step(app);
  host.Settle();
  EXPECT_EQ(Step(app), "replace container/default_shop_web_1: its replacement is healthy\n");
  EXPECT_EQ(Step(app), "");
}

TEST_F(Rollout, ServiceWithoutHealthcheckSettles) {
  const Resource app = App({{"web", {{"image", "web:1"}}}}, {"web"});
  Step(app);
  ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.wait);
  EXPECT_EQ(plan.wait->look_again, seconds(10));
  clock.Advance(seconds(9));
  EXPECT_EQ(Plan(app).wait->look_again, seconds(1));
  clock.Advance(seconds(1));
  EXPECT_FALSE(Plan(app).wait);
}

TEST_F(Rollout, NameFollowsHealth) {
  const Json two = {{"deploy", {{"replicas", 2}}}};
  const Resource app = App({{"web", Service("web:1", two)}}, {"web"});
  Converge(app);
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  Step(app);
  EXPECT_EQ(AddressesOf("web"), "10.201.0.3");
  host.SetHealth("default_shop_web_2", Health::kUnhealthy);
  Step(app);
  EXPECT_EQ(AddressesOf("web"), "10.201.0.3") << "the last known one stays";
  host.SetHealth("default_shop_web_1", Health::kHealthy);
  Step(app);
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2");
}

TEST_F(Rollout, NameStaysAsLongAsItsService) {
  Converge(App({{"web", Service()}}, {"web"}));
  const std::string old_address = AddressesOf("web");
  Converge(App({{"web", Service()}}));
  EXPECT_EQ(AddressesOf("web"), old_address) << "Caddy may route to it until its next reload";
  const Resource app = App({{"web", Service("web:2")}});
  Step(app);
  host.Settle();
  EXPECT_EQ(Step(app),
            "update hosts/default_shop: healthy replicas changed\n"
            "wait RollingOut: default_shop_web_1: draining, new requests go elsewhere already\n");
  Converge(app);
  EXPECT_EQ(AddressesOf("web"), AddressOf("default_shop_web_1"));
  Converge(App({{"api", Service()}}));
  EXPECT_EQ(AddressesOf("web"), "");
}

TEST_F(Rollout, AddressOfANameIsNotGivenToAnotherService) {
  const Resource app = App({{"api", Service()}, {"web", Service("web:2")}}, {"api", "web"});
  Converge(app);
  const std::string api = AddressesOf("api");
  const std::string web = AddressesOf("web");
  ASSERT_TRUE(host.RemoveContainer("default_shop_api_1", {}));
  ASSERT_TRUE(host.RemoveContainer("default_shop_web_1", {}));
  Step(app);
  EXPECT_EQ(AddressOf("default_shop_api_1"), api);
  EXPECT_EQ(AddressOf("default_shop_web_1"), web);
}

}  // namespace
}  // namespace mooring::testing
