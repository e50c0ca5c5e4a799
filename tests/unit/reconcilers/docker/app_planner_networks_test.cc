// SPDX-License-Identifier: Apache-2.0
// Several networks of one App, networks of others, and services that wait for each other.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AppNetworks : public AppFixture {
 protected:
  std::string NetworksOf(const std::string& container) {
    std::string text;
    const auto found = host.Find(container);
    if (!found) return "";
    for (const auto& [name, endpoint] : found->networks) {
      text += name + ":";
      for (const std::string& alias : endpoint.aliases)
        text += alias == found->id.substr(0, 12) ? "" : " " + alias;
      text += "\n";
    }
    return text;
  }
};

TEST_F(AppNetworks, AServiceIsInAllItsNetworksBeforeItStarts) {
  const Resource app = App(
      {{"web",
        Service("web:1",
                {{"networks", {{"default", Json::object()}, {"back", {{"aliases", {"front"}}}}}}})},
       {"db", Service("web:1", {{"networks", {{"back", {{"ipv4_address", "172.30.0.9"}}}}}})}},
      {},
      {{"networks",
        {{"back",
          {{"internal", true}, {"ipam", {{"config", {{{"subnet", "172.30.0.0/24"}}}}}}}}}}});
  Converge(app);
  EXPECT_EQ(NetworksOf("default_shop_web_1"), "default_shop: web\ndefault_shop_back: web front\n");
  EXPECT_EQ(NetworksOf("default_shop_db_1"), "default_shop_back: db\n");
  EXPECT_EQ(host.Find("default_shop_db_1")->networks.at("default_shop_back").address, "172.30.0.9");
  loop->observer.ForgetAll();
  EXPECT_EQ(Lines(Plan(app)), "") << "as a new process sees it";

  // What a hand takes from a container comes back, named; what it adds is not ours.
  const std::string web = host.Find("default_shop_web_1")->id;
  ASSERT_TRUE(host.DisconnectNetwork("default_shop_back", web, {}));
  ASSERT_TRUE(host.ConnectNetwork("default_shop_back", web, Json::object(), {}));
  EXPECT_EQ(Step(app),
            "update container/default_shop_web_1: network changed by hand (drift)\n"
            "  services.web.networks.back: without the alias web -> connected as web, front\n");
  Converge(app);
  ASSERT_TRUE(host.CreateNetwork({{"Name", "mine"}}, {}));
  ASSERT_TRUE(host.ConnectNetwork("mine", web, Json::object(), {}));
  loop->observer.ForgetAll();
  EXPECT_EQ(Lines(Plan(app)), "");

  // A network that is changed is made anew with all that is in it, and one that is gone goes.
  Resource changed = app;
  changed.spec["networks"]["back"]["internal"] = false;
  changed.spec_digest = SpecDigest(changed.spec, changed.derived);
  const std::string lines = Lines(Plan(changed));
  EXPECT_NE(lines.find("replace network/default_shop_back: networks.back.internal has changed"),
            std::string::npos)
      << lines;
  Converge(changed);
  changed.spec["networks"] = Json::object();
  for (const char* service : {"web", "db"}) changed.spec["services"][service].erase("networks");
  changed.spec_digest = SpecDigest(changed.spec, changed.derived);
  Converge(changed);
  EXPECT_FALSE(host.HasNetwork("default_shop_back"));
}

TEST_F(AppNetworks, ANetworkOfAnotherIsNamedWithItsOwner) {
  const Resource app = App({{"web", Service("web:1", {{"networks", {{"back", Json::object()}}}})}},
                           {}, {{"networks", {{"back", Json::object()}}}});
  ASSERT_TRUE(host.CreateNetwork(
      {{"Name", "default_shop_back"}, {"Labels", {{"mooring.dev/instance", "demo"}}}}, {}));
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kNameConflict);
  EXPECT_NE(plan.blocked->message().find("of the Mooring instance demo"), std::string::npos)
      << plan.blocked->message();
  const Resource outside =
      App({{"web", Service("web:1", {{"networks", {{"out", Json::object()}}}})}}, {},
          {{"networks", {{"out", {{"external", true}, {"name", "proxy"}}}}}});
  EXPECT_NE(Lines(Plan(outside)).find("docker network create proxy"), std::string::npos);
  ASSERT_TRUE(host.CreateNetwork({{"Name", "proxy"}}, {}));
  loop->observer.ForgetAll();
  Converge(outside);
  EXPECT_EQ(NetworksOf("default_shop_web_1"), "proxy: web\n");
}

TEST_F(AppNetworks, OneThatIsMadeAsBeforeIsNotTouched) {
  // Whoever had no networks has the same containers with `networks: [default]`, and with none.
  const Resource none = App({{"web", Service()}}, {"web"});
  Converge(none);
  const std::string id = host.Find("default_shop_web_1")->id;
  const Resource one =
      App({{"web", Service("web:1", {{"networks", {{"default", Json::object()}}}})}}, {"web"},
          {{"networks", {{"default", Json::object()}}}});
  EXPECT_EQ(Lines(Plan(one)), "");
  Converge(one);
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id);
}

TEST_F(AppNetworks, TheDefaultOneWithANameIsBesideTheOwnOne) {
  ASSERT_TRUE(host.CreateNetwork({{"Name", "proxy"}}, {}));
  const auto app = [&](std::vector<std::string> routed) {
    return App({{"db", Service()}, {"web", Service()}}, std::move(routed),
               {{"networks", {{"default", {{"external", true}, {"name", "proxy"}}}}}});
  };
  Converge(app({}));
  EXPECT_EQ(NetworksOf("default_shop_web_1"), "proxy: web\n");
  const std::string id = host.Find("default_shop_web_1")->id;
  // A Site that points at it needs it in the App's own network, and it is connected in place.
  EXPECT_EQ(Step(app({"web"})),
            "update container/default_shop_web_1: not in all its networks yet\n"
            "  services.web.networks.(own): (none) -> connected as web\n"
            "wait Progressing: default_shop_web_1: running for 2s\n");
  Converge(app({"web"}));
  EXPECT_EQ(NetworksOf("default_shop_web_1"), "default_shop: web\nproxy: web\n");
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id);
  EXPECT_NE(AddressesOf("web"), "");
  Finish(nullptr, app({}).key);
  EXPECT_TRUE(host.HasNetwork("proxy"));
  EXPECT_FALSE(host.HasNetwork("default_shop"));
}

TEST_F(AppNetworks, ASubnetOfAnotherIsNamedWithItsOwner) {
  const Resource app =
      App({{"web", Service("web:1", {{"networks", {{"back", Json::object()}}}})}}, {},
          {{"networks", {{"back", {{"ipam", {{"config", {{{"subnet", "172.30.0.0/24"}}}}}}}}}}});
  ASSERT_TRUE(host.CreateNetwork({{"Name", "theirs"},
                                  {"Labels",
                                   {{"mooring.dev/instance", "demo"},
                                    {"mooring.dev/kind", "App"},
                                    {"mooring.dev/namespace", "default"},
                                    {"mooring.dev/name", "blog"}}},
                                  {"IPAM", {{"Config", {{{"Subnet", "172.30.0.0/16"}}}}}}},
                                 {}));
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_THAT(plan.blocked->message(),
              HasSubstr("172.30.0.0/24 overlaps 172.30.0.0/16 of network theirs of "
                        "App/default/blog of the Mooring instance demo"));
}

TEST_F(AppNetworks, TwoThatCannotHaveOneAddressAreReplacedOneAfterTheOther) {
  const auto app = [&](const std::string& image) {
    return App(
        {{"web", Service(image, {{"networks", {{"back", {{"ipv4_address", "172.30.0.9"}}}}}})}}, {},
        {{"networks", {{"back", {{"ipam", {{"config", {{{"subnet", "172.30.0.0/24"}}}}}}}}}}});
  };
  Converge(app("web:1"));
  const ResourcePlan plan = Plan(app("web:2"));
  EXPECT_EQ(plan.impact, Impact::kDowntime);
  EXPECT_THAT(plan.notes, ::testing::Contains(HasSubstr("because it has a fixed address")));
  Converge(app("web:2"));
  EXPECT_EQ(host.Find("default_shop_web_1")->networks.at("default_shop_back").address,
            "172.30.0.9");
}

TEST_F(AppNetworks, AKilledProcessConnectsTheRestBeforeItStarts) {
  const auto app = [&](const std::string& strategy) {
    return App(
        {{"web",
          Service("web:1", {{"networks",
                             {{"default", Json::object()}, {"back", {{"aliases", {"front"}}}}}}})}},
        {}, {{"networks", {{"back", Json::object()}}}, {"rollout", {{"strategy", strategy}}}});
  };
  // Of network, network, create, connect: the fourth write does not come.
  host.FailWrite(4, Error(ErrorCode::kInternal, "killed"));
  EXPECT_FALSE(loop->Apply(Plan(app("StartFirst"))));
  Restart();
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "created");
  EXPECT_THAT(Step(app("StartFirst")), HasSubstr("not in all its networks yet"));
  EXPECT_EQ(NetworksOf("default_shop_web_1"), "default_shop: web\ndefault_shop_back: web front\n");
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
  Converge(app("StartFirst"));
}

TEST_F(AppNetworks, WhatItsMakerSaysAgainOfANetworkThatIsThereCounts) {
  const auto app = [&](Json back) {
    return App({{"web", Service("web:1", {{"networks", {{"back", Json::object()}}}})}}, {},
               {{"networks", {{"back", std::move(back)}}}});
  };
  Converge(app({{"driver_opts", {{"com.docker.network.driver.mtu", "1400"}}}}));
  EXPECT_EQ(Lines(Plan(app({{"driver_opts", {{"com.docker.network.driver.mtu", 1400}}}}))), "");
  EXPECT_THAT(Lines(Plan(app(Json::object()))),
              HasSubstr("replace network/default_shop_back: networks.back has changed"));
  // With another key the fields alone decide, and a process that lost its own changes nothing.
  Restart(std::string(32, 'x'));
  EXPECT_EQ(Lines(Plan(app({{"driver_opts", {{"com.docker.network.driver.mtu", "1400"}}}}))), "");
}

TEST_F(AppNetworks, JobsRunInTheNetworksOfTheirService) {
  host.AddImage("job:1");
  const Resource app = App(
      {{"web", Service()}, {"job", {{"image", "job:1"}, {"networks", {{"back", Json::object()}}}}}},
      {},
      {{"networks", {{"back", Json::object()}}}, {"jobs", {{{"service", "job"}, {"once", "a"}}}}});
  Finish(&app, app.key);
  for (const auto& c : host.containers()) {
    if (c.image != "job:1") continue;
    EXPECT_EQ(NetworksOf(c.name), "default_shop_back:\n");
    return;
  }
  FAIL() << "no run";
}

TEST_F(AppNetworks, WithoutNetworksOfItsOwn) {
  const Resource app =
      App({{"web", Service()},
           {"host", Service("web:1", {{"network_mode", "host"}})},
           {"side", Service("web:1", {{"network_mode", "service:web"}, {"pid", "service:web"}})}});
  Converge(app);
  EXPECT_EQ(host.Find("default_shop_host_1")->host_config["NetworkMode"], "host");
  const std::string web = host.Find("default_shop_web_1")->id;
  EXPECT_EQ(host.Find("default_shop_side_1")->host_config["NetworkMode"], "container:" + web);
  EXPECT_EQ(host.Find("default_shop_side_1")->host_config["PidMode"], "container:" + web);
  loop->observer.ForgetAll();
  EXPECT_EQ(Lines(Plan(app)), "");
  // Who shares a container's network goes on with its successor.
  ASSERT_TRUE(host.RemoveContainer(web, {}));
  Converge(app);
  const std::string next = host.Find("default_shop_web_1")->id;
  EXPECT_NE(next, web);
  EXPECT_EQ(host.Find("default_shop_side_1")->host_config["NetworkMode"], "container:" + next);
}

TEST_F(AppNetworks, LinksAreAliasesAndMountsAreTaken) {
  const Resource app = App(
      {{"db",
        Service("web:1",
                {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/data"}}}}})},
       {"web", Service("web:1", {{"links", {"db:database"}}, {"volumes_from", {"db:ro"}}})}},
      {}, {{"volumes", {{"data", Json::object()}}}});
  Converge(app);
  EXPECT_EQ(NetworksOf("default_shop_db_1"), "default_shop: db database\n");
  const Json mounts = host.Find("default_shop_web_1")->host_config["Mounts"];
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0]["Source"], "default_shop_data");
  EXPECT_EQ(mounts[0]["ReadOnly"], true);
}

}  // namespace
}  // namespace mooring::testing
