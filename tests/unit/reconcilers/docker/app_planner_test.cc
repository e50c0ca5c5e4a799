// SPDX-License-Identifier: Apache-2.0
// What is done about a host that was moved by hand, and what a person is told.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using Drift = AppFixture;
using docker::Health;
using std::chrono::hours;
using std::chrono::seconds;

class HealedDrift : public AppFixture {
 protected:
  /// An App in peace, then `by_hand`, then the plan for it.
  std::string After(const std::function<void()>& by_hand,
                    const Resource& app = App({{"web", Service()}}, {"web"})) {
    Converge(app);
    clock.Advance(hours(100));
    by_hand();
    const std::string lines = Step(app);
    Converge(app);
    return lines;
  }
};

TEST_F(HealedDrift, StoppedIsStarted) {
  EXPECT_EQ(After([&] { host.StopByHand("default_shop_web_1"); }),
            "restart container/default_shop_web_1: stopped (drift)\n"
            "  services.web.containers.1: exited, exit code 143 -> running\n"
            "wait Progressing: default_shop_web_1: exited, exit code 143 for 4d\n");
}

TEST_F(HealedDrift, KilledIsLeftToTheEngineAndGetsItsWholeTime) {
  EXPECT_EQ(After([&] { host.Kill("default_shop_web_1"); }),
            "wait Progressing: default_shop_web_1: health: starting for 0s\n");
}

TEST_F(HealedDrift, PausedIsUnpaused) {
  EXPECT_EQ(After([&] { host.Pause("default_shop_web_1"); }),
            "update container/default_shop_web_1: paused by hand (drift)\n"
            "  services.web.containers.1: paused -> running\n"
            "wait Progressing: default_shop_web_1: paused for 4d\n");
}

TEST_F(HealedDrift, RemovedIsCreatedWithItsAddress) {
  EXPECT_EQ(After([&] { ASSERT_TRUE(host.RemoveContainer("default_shop_web_1", {})); }),
            "create container/default_shop_web_1: missing (drift)\n"
            "  services.web.containers.1: missing -> running\n");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2");
}

TEST_F(HealedDrift, RenamedGetsItsNameBack) {
  EXPECT_EQ(After([&] { ASSERT_TRUE(host.RenameContainer("default_shop_web_1", "mine", {})); }),
            "update container/mine: renamed (drift)\n"
            "  services.web.containers.1: mine -> default_shop_web_1\n");
}

TEST_F(HealedDrift, SwappedNamesAreSwappedBack) {
  const Resource app = App({{"web", Service("web:1", {{"deploy", {{"replicas", 2}}}})}}, {"web"});
  Converge(app);
  const std::string first = host.Find("default_shop_web_1")->id;
  After(
      [&] {
        ASSERT_TRUE(host.RenameContainer("default_shop_web_1", "x1", {}));
        ASSERT_TRUE(host.RenameContainer("default_shop_web_2", "default_shop_web_1", {}));
        ASSERT_TRUE(host.RenameContainer("x1", "default_shop_web_2", {}));
      },
      app);
  EXPECT_EQ(host.Find("default_shop_web_1")->id, first);
}

TEST_F(HealedDrift, DisconnectedIsConnected) {
  EXPECT_EQ(
      After([&] { ASSERT_TRUE(host.DisconnectNetwork("default_shop", "default_shop_web_1", {})); }),
      "update container/default_shop_web_1: network changed by hand (drift)\n"
      "  services.web.networks.default: (none) -> connected as web\n"
      "wait Progressing: default_shop_web_1: running for 4d\n");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2");
}

TEST_F(HealedDrift, LostAliasIsGivenBack) {
  const Json endpoint = {{"IPAMConfig", {{"IPv4Address", "10.201.0.2"}}}};
  EXPECT_EQ(After([&] {
              ASSERT_TRUE(host.DisconnectNetwork("default_shop", "default_shop_web_1", {}));
              ASSERT_TRUE(host.ConnectNetwork("default_shop", "default_shop_web_1", endpoint, {}));
            }),
            "update container/default_shop_web_1: network changed by hand (drift)\n"
            "  services.web.networks.default: without the alias web -> connected as web\n");
}

TEST_F(HealedDrift, LostFixedAddressIsGivenBack) {
  EXPECT_EQ(After([&] {
              ASSERT_TRUE(host.DisconnectNetwork("default_shop", "default_shop_web_1", {}));
              ASSERT_TRUE(host.ConnectNetwork("default_shop", "default_shop_web_1",
                                              {{"Aliases", {"web"}}}, {}));
              EXPECT_EQ(AddressOf("default_shop_web_1"), "10.201.0.32") << "not one of ours";
            }),
            "update hosts/default_shop: healthy replicas changed\n"
            "update container/default_shop_web_1: network changed by hand (drift)\n"
            "  services.web.networks.default: without its fixed address -> connected as web\n");
}

TEST_F(HealedDrift, GoneNetworkIsMadeAgainUnderStoppedContainers) {
  EXPECT_EQ(After([&] {
              host.StopByHand("default_shop_web_1");
              ASSERT_TRUE(host.RemoveNetwork("default_shop", {}));
            }),
            "create network/default_shop: missing (drift)\n"
            "update container/default_shop_web_1: network changed by hand (drift)\n"
            "  services.web.networks.default: a network that is gone -> connected as web\n"
            "restart container/default_shop_web_1: stopped (drift)\n"
            "  services.web.containers.1: exited, exit code 143 -> running\n"
            "wait Progressing: default_shop_web_1: exited, exit code 143 for 4d\n");
}

TEST_F(HealedDrift, NetworkOfTheSameNameWithAnotherIdIsTakenUp) {
  const std::string lines = After([&] {
    host.StopByHand("default_shop_web_1");
    ASSERT_TRUE(host.RemoveNetwork("default_shop", {}));
    PassEventsOn();
    const Resource app = App({{"web", Service()}}, {"web"});
    const ResourcePlan plan = Plan(app);
    ASSERT_TRUE(loop->applier.Apply(app.key, plan.changes.front(), {}));
    Restart();
  });
  EXPECT_EQ(lines.substr(0, lines.find('\n')),
            "update container/default_shop_web_1: network changed by hand (drift)");
}

TEST_F(HealedDrift, ChangedLimitsAreUpdatedInPlace) {
  const Json limits = {
      {"deploy", {{"resources", {{"limits", {{"memory", "64M"}, {"cpus", "0.5"}}}}}}}};
  const Resource app = App({{"web", Service("web:1", limits)}}, {"web"});
  Converge(app);
  const std::string id = host.Find("default_shop_web_1")->id;
  EXPECT_EQ(After(
                [&] {
                  ASSERT_TRUE(host.UpdateContainer(id,
                                                   {{"Memory", 1 << 30},
                                                    {"NanoCpus", 1500000000},
                                                    {"RestartPolicy", {{"Name", "no"}}}},
                                                   {}));
                },
                app),
            "update container/default_shop_web_1: changed by hand (drift)\n"
            "  services.web.deploy.resources.limits.memory: 1.0 GiB -> 64 MiB\n"
            "  services.web.deploy.resources.limits.cpus: 1.5 -> 0.5\n"
            "  services.web.restart: no -> unless-stopped\n");
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id);
}

TEST_F(HealedDrift, LimitThatTheSpecHasNotNeedsANewContainer) {
  EXPECT_EQ(After([&] {
              ASSERT_TRUE(host.UpdateContainer("default_shop_web_1", {{"Memory", 1 << 30}}, {}));
            }),
            "replace container/default_shop_web_1: changed by hand (drift)\n"
            "  services.web.deploy.resources.limits.memory: 1.0 GiB -> (none)\n");
}

TEST_F(Drift, LiftedLimitIsASpecChange) {
  const Json limits = {{"deploy", {{"resources", {{"limits", {{"memory", "64M"}}}}}}}};
  Converge(App({{"web", Service("web:1", limits)}}));
  const Resource app = App({{"web", Service()}});
  EXPECT_EQ(Step(app),
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.deploy.resources.limits.memory: 64 MiB -> (none)\n");
  Converge(app);
}

TEST_F(HealedDrift, EnvironmentChangedUnderTheSameLabelsIsFound) {
  const Resource app = App(
      {{"web", Service("web:1", {{"environment", {{"MODE", "a"}, {"API_TOKEN", "t"}}}})}}, {"web"});
  EXPECT_EQ(After(
                [&] {
                  host.Edit("default_shop_web_1", [](auto& c) {
                    c.config["Env"] = {"MODE=b", "API_TOKEN=u", "PATH=/bin"};
                  });
                  loop->observer.ForgetDetails();
                },
                app),
            "replace container/default_shop_web_1: changed by hand (drift)\n"
            "  services.web.environment.API_TOKEN: (secret) -> (secret)\n"
            "  services.web.environment.MODE: b -> a\n");
}

TEST_F(HealedDrift, MovedTagIsRolledOut) {
  const std::string lines = After(
      [&] { host.AddImage("web:1", {{"Cmd", {"serve", "better"}}, {"Env", {"PATH=/usr/bin"}}}); });
  EXPECT_TRUE(
      lines.starts_with("replace container/default_shop_web_1: its tag has moved (drift)\n  "
                        "services.web.image: sha256:"))
      << lines;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2)
      << "other defaults are no drift of their own:\n"
      << lines;
}

TEST_F(Drift, MissingImageOfARunningContainerChangesNothing) {
  host.AddImage("checked:1", {{"Cmd", {"serve"}},
                              {"Healthcheck", {{"Test", {"CMD", "true"}}, {"Retries", 4}}},
                              {"User", "app"}});
  const Resource app =
      App({{"web", {{"image", "checked:1"}, {"healthcheck", {{"interval", "3s"}}}}}});
  Converge(app);
  host.RemoveImage("checked:1");
  EXPECT_EQ(Step(app), "");
}

TEST_F(Drift, LostHostKeyRecreatesNothing) {
  const Resource app = App({{"web", Service("web:1", {{"environment", {{"A", "1"}}}})}}, {"web"});
  Converge(app);
  Restart(std::string(32, 'x'));
  EXPECT_EQ(Step(app), "");
  host.Edit("default_shop_web_1", [](auto& c) { c.config["Env"] = {"A=2", "PATH=/bin"}; });
  loop->observer.ForgetDetails();
  EXPECT_EQ(Step(app),
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.environment.A: 2 -> 1\n");
}

TEST_F(Drift, IgnoredFieldsAreNotCompared) {
  const Json ignore = {
      {"drift",
       {{"ignore",
         {"/services/web/environment/a.b", "/services/web/deploy", "/services/web/image"}}}}};
  const Json more = {{"environment", {{"a.b", "1"}}},
                     {"deploy", {{"resources", {{"limits", {{"memory", "64M"}}}}}}}};
  const Resource app = App({{"web", Service("web:1", more)}}, {}, ignore);
  Converge(app);
  ASSERT_TRUE(host.UpdateContainer("default_shop_web_1", {{"Memory", 1 << 30}}, {}));
  host.Edit("default_shop_web_1", [](auto& c) { c.config["Env"] = {"a.b=2", "PATH=/bin"}; });
  host.AddImage("web:1", {{"Cmd", {"other"}}});
  EXPECT_EQ(Step(app), "");
  // What the spec itself changes is no drift.
  Json other = more;
  other["environment"]["a.b"] = "3";
  EXPECT_NE(Step(App({{"web", Service("web:1", other)}}, {}, ignore)), "");
}

TEST_F(Drift, ServiceThatIsLeftAloneKeepsItsName) {
  const Json alone = {{"labels", {{"mooring.dev/reconcile", "disabled"}}}};
  const Resource app = App({{"web", Service("web:1")}}, {"web"});
  Converge(app);
  host.StopByHand("default_shop_web_1");
  EXPECT_EQ(Step(App({{"web", Service("web:2", alone)}}, {"web"})), "");
  EXPECT_EQ(AddressesOf("web"), "10.201.0.2");
}

TEST_F(Drift, HostsChangedByHandArePutRight) {
  const Resource app = App({{"web", Service()}}, {"web"});
  Converge(app);
  std::ofstream(dir.File("hosts")) << "127.0.0.1 localhost\n";
  EXPECT_EQ(Step(app),
            "update hosts/default_shop: hosts file changed by hand (drift)\n"
            "  services.web.hosts: (none) -> 10.201.0.2\n");
  EXPECT_TRUE(Hosts().starts_with("127.0.0.1 localhost\n"));
}

TEST_F(Drift, TakenNameIsNameConflictAndTheRestGoesOn) {
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

TEST_F(Drift, TakenNetworkNameIsNameConflict) {
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  const Resource app = App({{"web", Service()}});
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kNameConflict);
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(host.RemoveNetwork("default_shop", {}));
  Converge(app);
}

TEST_F(Drift, NamesakeOfOurNetworkIsNameConflict) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  EXPECT_EQ(Plan(app).blocked->reason(), reason::kNameConflict);
}

TEST_F(Drift, MissingImageIsPulledOnce) {
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

TEST_F(Drift, FailedPullStopsBeforeAnythingIsTakenDown) {
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

TEST_F(Drift, PullPolicies) {
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

TEST_F(Drift, MissingExternalVolumeBlocksAndItsCreationWakes) {
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

TEST_F(Drift, HealthTimeoutNamesContainerAndHowToFindOut) {
  host.SetBehaviour("web:1", {.becomes_healthy = false});
  const Resource app = App({{"web", Service()}}, {}, {{"rollout", {{"healthTimeout", "30s"}}}});
  Step(app);
  clock.Advance(seconds(31));
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kHealthTimeout);
  EXPECT_EQ(plan.blocked->message(),
            "default_shop_web_1 is not healthy after 30.0s (health: starting); see why with: "
            "docker logs default_shop_web_1");
  host.SetHealth("default_shop_web_1", Health::kHealthy);
  EXPECT_EQ(Step(app), "");
}

TEST_F(Drift, CrashLoopIsLeftToTheEngineAndReported) {
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

TEST_F(Drift, ContainerThatRunsToItsEndIsCompleted) {
  for (const std::string restart : {"no", "on-failure"}) {
    host.SetBehaviour("web:1", {.exits_with = 0});
    const Resource app = App({{"web", Service("web:1", {{"restart", restart}})}});
    Converge(app);
    EXPECT_EQ(host.Find("default_shop_web_1")->state, "exited");
    Finish(nullptr, app.key);
  }
}

TEST_F(Drift, ContainerThatFailsAndMayNotRestartBlocks) {
  host.SetBehaviour("web:1", {.exits_with = 2});
  const Resource app = App({{"web", Service("web:1", {{"restart", "no"}})}});
  Step(app);
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kCrashLoop);
  EXPECT_FALSE(plan.HasChanges());
}

TEST_F(Drift, PortConflictIsRetriedUntilThePortIsFree) {
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

TEST_F(Drift, DeadContainerIsReplaced) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  host.Edit("default_shop_web_1", [](auto& c) { c.state = "dead"; });
  loop->observer.ForgetAll();
  EXPECT_EQ(Step(app), "replace container/default_shop_web_1: dead\n");
  Converge(app);
}

TEST_F(Drift, ContainerBeingRemovedIsWaitedFor) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  host.Edit("default_shop_web_1", [](auto& c) { c.state = "removing"; });
  loop->observer.ForgetAll();
  EXPECT_EQ(Step(app),
            "wait Progressing: default_shop_web_1: the engine is still removing the one before\n");
}

TEST_F(Drift, SecondContainerOfAReplicaGoes) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  Json body = {{"Image", "web:1"}, {"Labels", host.Find("default_shop_web_1")->labels}};
  ASSERT_TRUE(host.CreateContainer("copy", body, {}));
  const std::string lines = Step(app);
  EXPECT_NE(lines.find("container/copy"), std::string::npos) << lines;
  Converge(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Drift, DeleteKeepsVolumesAndSaysSo) {
  const Json mount = {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}}},
                      {"stop_grace_period", "3s"}};
  const Resource app = App({{"web", Service("web:1", mount)}}, {"web"});
  Converge(app);
  const ResourcePlan plan = Plan(nullptr, app.key);
  EXPECT_EQ(Lines(plan),
            "delete hosts/default_shop: gone from the source\n"
            "delete container/default_shop_web_1: gone from the source\n"
            "delete network/default_shop: gone from the source\n");
  EXPECT_EQ(plan.notes, std::vector<std::string>{"data kept: volume default_shop_data"});
  EXPECT_EQ(plan.impact, Impact::kDowntime);
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "");
  EXPECT_FALSE(host.HasNetwork("default_shop"));
  EXPECT_TRUE(host.HasVolume("default_shop_data"));
  EXPECT_FALSE((*loop->observer.Observe(app.key, nullptr, {}))->exists());
}

TEST_F(Drift, ForeignNetworkOfTheNameOutlivesTheApp) {
  ASSERT_TRUE(host.CreateNetwork({{"Name", "default_shop"}}, {}));
  const ResourceKey key{"App", "default", "shop"};
  EXPECT_EQ(Lines(Plan(nullptr, key)), "");
  EXPECT_FALSE((*loop->observer.Observe(key, nullptr, {}))->exists());
}

TEST_F(Drift, FullPoolSaysWhereToGiveMore) {
  DockerLoop::Options options;
  options.planner.address_pool = *docker::Subnet::Parse("10.201.0.0/26");
  loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
  ASSERT_TRUE(host.CreateNetwork(
      {{"Name", "other"}, {"IPAM", {{"Config", {{{"Subnet", "10.201.0.0/24"}}}}}}}, {}));
  const ResourcePlan plan = Plan(App({{"web", Service()}}));
  ASSERT_TRUE(plan.blocked);
  EXPECT_NE(plan.blocked->message().find("docker.addressPool"), std::string::npos);
}

}  // namespace
}  // namespace mooring::testing
