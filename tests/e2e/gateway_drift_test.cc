// SPDX-License-Identifier: Apache-2.0
// What somebody does by hand to Caddy's configuration and to /etc/hosts, and what becomes of sites
// when Caddy goes.
#include <filesystem>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class GatewayDrift : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Serves());
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("Site", "shop"); }));
    servers_ = Servers();
  }
  bool Serves() {
    return Eventually(kSoon, [&] { return world_->Serves("shop", "hello from version 1.0.0"); });
  }
  Json Servers() {
    const Json config = world_->caddy.Config();
    const Json::json_pointer servers("/apps/http/servers");
    return config.is_object() && config.contains(servers) ? config[servers] : Json();
  }
  void ExpectSiteRepaired() {
    EXPECT_TRUE(Eventually(15s, [&] { return Servers() == servers_; })) << Servers();
    EXPECT_TRUE(Serves());
    EXPECT_TRUE(Eventually(kSoon, [&] {
      return world_->HasConverged("Site", "shop") &&
             world_->Events("Site", "shop", "DriftFound") > 0 &&
             world_->Events("Site", "shop", "DriftCorrected") > 0;
    })) << "not told";
  }
  std::vector<std::string> Addresses() { return world_->hosts.Addresses("web.shop"); }

  Json servers_;
};

TEST_F(GatewayDrift, AnEditedRoute) {
  Json config = world_->caddy.Config();
  for (Json& server : config["apps"]["http"]["servers"]) {
    for (Json& route : server["routes"]) {
      route["handle"] = {{{"handler", "static_response"}, {"body", "edited by hand"}}};
    }
  }
  world_->caddy.Overwrite(config);
  ExpectSiteRepaired();
}

TEST_F(GatewayDrift, ADeletedRoute) {
  Json config = world_->caddy.Config();
  for (Json& server : config["apps"]["http"]["servers"]) server["routes"] = Json::array();
  world_->caddy.Overwrite(config);
  ExpectSiteRepaired();
}

TEST_F(GatewayDrift, AWipedConfigurationAndAMovedAdminEndpoint) {
  if (WebGet("http://localhost:2019/config/").status != 0) {
    GTEST_SKIP() << "another Caddy listens on localhost:2019";
  }
  world_->caddy.Load("");  // the admin endpoint moves to localhost:2019, its socket is gone
  ExpectSiteRepaired();
}

TEST_F(GatewayDrift, CaddyKilledAndResumedServesAtOnce) {
  world_->caddy.Kill();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Has("Host", world_->ns, "GatewayReady", "GatewayUnreachable");
  }));
  world_->caddy.Start();
  EXPECT_TRUE(world_->Serves("shop", "version 1.0.0")) << "--resume";
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->IsReady("Host", world_->ns) && world_->HasConverged("Site", "shop");
  }));
  EXPECT_EQ(Servers(), servers_);
}

TEST_F(GatewayDrift, CaddyKilledAndStartedEmptyIsFilledAgain) {
  world_->caddy.Kill();
  std::filesystem::remove(world_->File("config/caddy/autosave.json"));
  world_->caddy.Start();
  EXPECT_TRUE(Serves());
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("Site", "shop"); }));
  EXPECT_EQ(Servers(), servers_);
}

TEST_F(GatewayDrift, TheHostsBlockEditedByHand) {
  const std::vector<std::string> addresses = Addresses();
  const std::string file = ReadText(kHostsFile);
  std::string edited = file;
  edited.replace(edited.find(addresses.at(0) + " web.shop"), addresses[0].size(), "127.9.9.9");
  WriteText(kHostsFile, edited);
  EXPECT_TRUE(Eventually(15s, [&] { return ReadText(kHostsFile) == file; }));
  EXPECT_TRUE(Serves());
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Events("App", "shop", "DriftFound") > 0 &&
           world_->Events("App", "shop", "DriftCorrected") > 0;
  }));
}

TEST_F(GatewayDrift, TheHostsBlockRemovedAndOtherLinesWritten) {
  const std::vector<std::string> addresses = Addresses();
  const std::string own = "10.99.99.99\tby-hand." + world_->ns + "   # kept  as it is";
  const std::string foreign = world_->hosts.Foreign() + own + "\n";
  WriteText(kHostsFile, foreign);
  EXPECT_TRUE(Eventually(15s, [&] { return Addresses() == addresses; }));
  EXPECT_EQ(world_->hosts.Foreign(), foreign);
  EXPECT_TRUE(Serves());
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("App", "shop"); }));
  std::string without = ReadText(kHostsFile);
  without.erase(without.find(own), own.size() + 1);
  WriteText(kHostsFile, without);
  EXPECT_EQ(world_->hosts.Foreign(), world_->hosts.before());
}

}  // namespace
}  // namespace mooring::test
