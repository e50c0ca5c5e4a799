// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/gateway_config.h"

#include "tests/unit/reconcilers/caddy/sites.h"

namespace mooring::caddy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Sites Rendered(const std::vector<Resource>& resources) {
  Sites sites;
  for (const Resource& site : resources) sites[site.key] = *RenderSite(site, {}, {});
  return sites;
}

std::vector<std::string> Ids(const Json& values) {
  std::vector<std::string> ids;
  for (const Json& value : values) ids.push_back(IdOf(value));
  return ids;
}

TEST(Assemble, IsAFixedPoint) {
  const Sites sites = Rendered({ProxySite("a", "a.test"), ProxySite("b", "*.b.test")});
  const Json once = Assemble(Json(), {}, sites);
  EXPECT_EQ(Assemble(once, {}, sites), once);
  const LiveConfig live = Inspect(once, {}, {});
  EXPECT_EQ(live.sites, sites);
  EXPECT_FALSE(live.frame);
  EXPECT_FALSE(live.blank);
  EXPECT_THAT(live.foreign, IsEmpty());
}

TEST(Assemble, PutsExactHostsBeforeWildcardsAnd404Last) {
  const Sites sites = Rendered({ProxySite("a", "*.test"), ProxySite("z", "z.test")});
  const Json config = Assemble(Json(), {}, sites);
  EXPECT_THAT(Ids(config["/apps/http/servers/mooring_https/routes"_json_pointer]),
              ElementsAre("mooring:site:default:z", "mooring:site:default:a", ""));
  EXPECT_THAT(Ids(config["/apps/tls/automation/policies"_json_pointer]),
              ElementsAre("mooring:site:default:z:tls", "mooring:site:default:a:tls"));
}

TEST(Assemble, KeepsTheLiveAdminBlockAndStorageOnly) {
  const Json live = {{"admin", {{"listen", "localhost:2020"}, {"origins", {"x"}}}},
                     {"storage", {{"module", "file_system"}}},
                     {"logging", {{"logs", Json::object()}}}};
  const Json config = Assemble(live, {}, {});
  EXPECT_EQ(config["admin"], live["admin"]);
  EXPECT_EQ(config["storage"], live["storage"]);
  EXPECT_NE(config["logging"], live["logging"]);
}

TEST(Assemble, NeverLeavesTheAdminAddressOut) {
  for (const Json& live : {Json(), Json::object(), Json{{"admin", {{"config", nullptr}}}}}) {
    EXPECT_EQ(Assemble(live, {}, {})["admin"]["listen"], "unix//run/caddy/admin.sock");
  }
}

TEST(Inspect, AFreshCaddyIsNotForeign) {
  for (const char* text : {"null", "{}", R"({"admin":{"listen":"x"}})", R"({"apps":{}})",
                           R"({"apps":{"http":{"servers":{}},"tls":null}})"}) {
    const LiveConfig live = Inspect(Json::parse(text), {}, {});
    EXPECT_TRUE(live.blank) << text;
    EXPECT_THAT(live.foreign, IsEmpty()) << text;
  }
}

TEST(Inspect, NamesForeignServersAndApps) {
  const LiveConfig live = Inspect(
      Json::parse(
          R"({"apps":{"http":{"servers":{"srv0":{"listen":[":80",":443"]}}},"layer4":{}}})"),
      {}, {});
  EXPECT_THAT(live.foreign, ElementsAre("srv0 (:80, :443)", "app layer4"));
  EXPECT_TRUE(live.Refused({}));
  EXPECT_THAT(ForeignText(live), HasSubstr("srv0 (:80, :443), app layer4"));
}

TEST(Inspect, SeesWhatDiffersBesideTheSites) {
  const Sites sites = Rendered({ProxySite("a", "a.test")});
  const Json good = Assemble(Json(), {}, sites);
  const auto frame = [&](const Json& config) {
    const LiveConfig live = Inspect(config, {}, {});
    return live.frame ? live.frame->pointer : "";
  };
  Json moved = good;
  moved["/apps/http/servers/mooring_http/listen/0"_json_pointer] = ":81";
  EXPECT_EQ(frame(moved), "/apps/http/servers/mooring_http/listen/0");
  Json twice = good;
  Json& routes = twice["/apps/http/servers/mooring_https/routes"_json_pointer];
  routes.insert(routes.begin(), Json(routes[0]));
  EXPECT_EQ(frame(twice), "/apps/http/servers/mooring_https/routes/1/handle/0/handler");
  Json more = good;
  more["apps"]["tls"]["certificates"] = Json::object();
  EXPECT_EQ(frame(more), "/apps/tls/certificates");
}

TEST(NewListeners, KnowsWhatCaddyHasAlready) {
  const Json live =
      Json::parse(R"({"apps":{"http":{"servers":{"srv0":{"listen":["0.0.0.0:443"]}}}}})");
  const std::vector<Listener> listeners = NewListeners(live, BaseConfig({}));
  ASSERT_EQ(listeners.size(), 1u);
  EXPECT_EQ(listeners[0].address, ":80");
  EXPECT_EQ(listeners[0].server, kHttpServer);
}

}  // namespace
}  // namespace mooring::caddy
