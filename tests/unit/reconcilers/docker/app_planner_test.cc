// SPDX-License-Identifier: Apache-2.0
// What is done about a host that was moved by hand.
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
  const ResourcePlan plan = Plan(app);
  EXPECT_TRUE(plan.drift.empty());
  std::set<std::string> told;
  for (const Json& one : plan.details["driftIgnored"]) told.insert(one["path"]);
  EXPECT_TRUE(told.contains("/services/web/environment/a.b"));
  EXPECT_TRUE(told.contains("/services/web/deploy/resources/limits/memory"));
  // What the spec itself changes is no drift.
  Json other = more;
  other["environment"]["a.b"] = "3";
  EXPECT_NE(Step(App({{"web", Service("web:1", other)}}, {}, ignore)), "");
}

TEST_F(Drift, IgnoredLimitOutlivesTheStore) {
  const Json ignore = {{"drift", {{"ignore", {"/services/web/deploy"}}}}};
  const Resource app = App({{"web", Service()}}, {}, ignore);
  Converge(app);
  ASSERT_TRUE(host.UpdateContainer("default_shop_web_1", {{"Memory", 1 << 30}}, {}));
  Restart();
  loop->applied.clear();
  EXPECT_EQ(Step(app), "");
  Restart(std::string(32, 'x'));
  loop->applied.clear();
  EXPECT_EQ(Step(app), "") << "nor when the host key is lost with it";
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

}  // namespace
}  // namespace mooring::testing
