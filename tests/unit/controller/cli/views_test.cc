// SPDX-License-Identifier: Apache-2.0
// What tree, trace, diff and top print, from documents and engine lists made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "controller/cli/diff_view.h"
#include "controller/cli/selection.h"
#include "controller/cli/top_view.h"
#include "controller/cli/trace_view.h"
#include "controller/cli/tree_view.h"

namespace mooring::cli {
namespace {

using ::testing::HasSubstr;

const Time kNow = *ParseTime("2026-03-01T14:31:00Z");

Json Document(const std::string& kind, const std::string& name) {
  return {{"kind", kind},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec", Json::object()},
          {"status",
           {{"inUseBy", Json::array()},
            {"conditions", {{{"type", "Ready"}, {"status", "True"}, {"reason", "Succeeded"}}}}}}};
}

docker::ContainerView Container(const std::string& service, const std::string& status) {
  return {.id = "6f0e2c41d9aa0123" + service,
          .name = "default_shop_" + service + "_1",
          .image = "ghcr.io/example/shop-" + service + ":1.8.2",
          .state = status.starts_with("Up") ? "running" : "exited",
          .status = status,
          .labels = {{"mooring.dev/kind", "App"},
                     {"mooring.dev/namespace", "default"},
                     {"mooring.dev/name", "shop"},
                     {"mooring.dev/service", service}}};
}

struct Shop {
  Shop() {
    Json app = Document("App", "shop");
    app["spec"]["services"] = {{"web", Json::object()}, {"cache", Json::object()}};
    app["status"]["inUseBy"] = {"Site/default/shop"};
    app["status"]["source"] = {{"file", "apps/shop.yaml"}, {"line", 4}};
    Json site = Document("Site", "shop");
    site["spec"] = {{"hosts", {"shop.example.com"}},
                    {"redirectFrom", {"www.shop.example.com"}},
                    {"routes",
                     {{{"backend", "shop/web/8080"}},
                      {{"path", "/api/*"}, {"backend", "shop/web/8080"}},
                      {{"path", "/ping"}, {"respond", {{"status", 200}}}}}}};
    site["status"]["hosts"] = {"shop.example.com"};
    site["status"]["source"] = {{"file", "sites/shop.yaml"}, {"line", 3}};
    all = {app, site};
    live.containers = {Container("cache", "Up 6 days (healthy)"),
                       Container("web", "Up 28 minutes (healthy)"),
                       Container("worker", "Exited (1) 3 minutes ago")};
    live.containers[0].ports = {"127.0.0.1:6380->6379/tcp"};
    live.started[live.containers[0].id] = kNow - std::chrono::hours(24 * 6);
    live.started[live.containers[1].id] = kNow - std::chrono::minutes(28);
    live.volumes = {{.name = "default_shop_cache",
                     .driver = "local",
                     .labels = live.containers[0].labels,
                     .size = 18 << 20}};
  }
  std::vector<Json> all;
  LiveHost live;
};

/// Lines as a reader of the repository would say them.
std::string Locate(const Json& document, const std::string& pointer) {
  return document["status"]["source"]["file"].get<std::string>() + pointer;
}

TEST(TreeView, AnAppWithAllThatHangsOnIt) {
  const Shop shop;
  EXPECT_EQ(DrawTrees({AppNode(shop.all[0], shop.all, shop.live, kNow)}, {}),
            R"(App/default/shop                       Ready
├─ container/default_shop_cache_1      healthy, up 6d, 127.0.0.1:6380
├─ container/default_shop_web_1        healthy, up 28m, ghcr.io/example/shop-web:1.8.2
├─ container/default_shop_worker_1     Exited (1) 3 minutes ago, ghcr.io/example/shop-worker:1.8.2
├─ volume/default_shop_cache           18 MiB
└─ Site/default/shop                   Ready, shop.example.com
)");
}

TEST(TreeView, ASiteHasItsAppsBelow) {
  Shop shop;
  shop.live.containers.resize(1);
  shop.live.volumes.clear();
  shop.all[0]["status"]["conditions"][0] = {
      {"type", "Ready"}, {"status", "False"}, {"reason", "RollingOut"}, {"message", "web: 1 of 2"}};
  EXPECT_EQ(DrawTrees({SiteNode(shop.all[1], shop.all, shop.live, kNow)}, {.width = 60}),
            R"(Site/default/shop                      Ready, shop.example.…
└─ App/default/shop                    RollingOut: web: 1 o…
   └─ container/default_shop_cache_1   healthy, up 6d, 127.…
)");
}

TEST(TraceView, AUrlLeadsToTheContainers) {
  const Shop shop;
  const auto hit = FindRoute(shop.all, *Url::Parse("https://SHOP.example.com:8443/api/cart?x=1"));
  ASSERT_TRUE(hit);
  EXPECT_EQ(RouteLines(*hit->site, hit->route, shop.all, shop.live, Locate),
            R"(route      shop.example.com /api/*        Site/default/shop, sites/shop.yaml/routes/1
service    shop/web/8080                  App/default/shop, apps/shop.yaml/services/web
container  default_shop_web_1             6f0e2c41d9aa, healthy
)");
}

TEST(TraceView, TheRouteIsTheOneThatCaddyTakes) {
  const Shop shop;
  const auto route = [&](const char* url) {
    const auto hit = FindRoute(shop.all, *Url::Parse(url));
    return hit ? static_cast<int>(hit->route) : -1;
  };
  EXPECT_EQ(route("https://shop.example.com"), 0);
  EXPECT_EQ(route("shop.example.com/API/x"), 1);
  EXPECT_EQ(route("shop.example.com/ping"), 2);
  EXPECT_EQ(route("other.example.com/"), -1);
  EXPECT_TRUE(FindRoute(shop.all, *Url::Parse("www.shop.example.com"))->redirected);
  EXPECT_THAT(RouteLines(shop.all[1], 2, shop.all, shop.live, Locate),
              HasSubstr("answer     a fixed answer, status 200"));
  EXPECT_THAT(RouteLines(shop.all[1], 3, shop.all, shop.live, Locate), HasSubstr("answers 404"));
}

TEST(TraceView, HostsAndPathsMatchAsCaddyMatchesThem) {
  EXPECT_TRUE(HostMatches("*.example.com", "a.example.com"));
  EXPECT_FALSE(HostMatches("*.example.com", "a.b.example.com"));
  EXPECT_FALSE(HostMatches("*.example.com", "example.com"));
  for (const auto& [pattern, path] : {std::pair{"/*", "/"},
                                      {"*.php", "/a/b.PHP"},
                                      {"/a*c", "/abbc"},
                                      {"/x", "/x"},
                                      {"*", "/any"}})
    EXPECT_TRUE(PathMatches(pattern, path)) << pattern;
  for (const auto& [pattern, path] :
       {std::pair{"/x", "/xy"}, {"/api/*", "/api"}, {"*.php", "/a.js"}})
    EXPECT_FALSE(PathMatches(pattern, path)) << pattern;
  EXPECT_FALSE(Url::Parse("shop"));
}

TEST(DiffView, BothValuesOfEachField) {
  Plan plan{.host = "harbour-1", .observed_at = kNow, .unchanged = 3};
  ResourcePlanEntry entry{.plan = {.key = {"App", "default", "shop"}},
                          .source = {"apps/shop.yaml", 34, 5}};
  entry.plan.changes = {{.object = "container/default_shop_web_1",
                         .action = Action::kUpdate,
                         .diffs = {{"services.web.deploy.resources.limits.memory", "1G", "512M"},
                                   {"services.web.environment.KEY", "", "", true}},
                         .drift = true},
                        {.object = "container/default_shop_web_2",
                         .action = Action::kCreate,
                         .reason = "missing",
                         .drift = true}};
  plan.entries = {entry};
  EXPECT_EQ(DiffText(plan, {}), R"(App/default/shop  apps/shop.yaml:34
  FIELD                                        ON THE HOST  APPLIED            WHY
  services.web.deploy.resources.limits.memory  1G           512M               the host moved
  services.web.environment.KEY                 (secret)     (secret, differs)  the host moved
  container/default_shop_web_2                 missing      create             the host moved

3 differences in 1 of 4 resources, against the host at 14:31:00 UTC. Nothing was changed.
)");
  plan.entries.clear();
  EXPECT_EQ(DiffText(plan, {}),
            "No difference in 3 resources, against the host at 14:31:00 UTC.\n");
}

TEST(TopView, SumsEachAppAndPutsTheBusiestFirst) {
  const auto load = [](const char* app, const char* name, long long cpu, long long memory,
                       long long limit) {
    return ContainerLoad{{"App", "default", app},
                         name,
                         {.cpu = 0, .system = 0, .processors = 2},
                         {.cpu = cpu,
                          .system = 2'000'000'000,
                          .processors = 2,
                          .memory = memory,
                          .memory_limit = limit}};
  };
  EXPECT_EQ(Table(TopRows({load("calm", "calm_1", 10'000'000, 5 << 20, 1LL << 62),
                           load("shop", "shop_1", 500'000'000, 100 << 20, 200 << 20),
                           load("shop", "shop_2", 250'000'000, 190 << 20, 200 << 20)})),
            "NAME              CPU     MEMORY   LIMIT    OF LIMIT\n"
            "App/default/shop  75.0 %  290 MiB\n"
            "  shop_1          50.0 %  100 MiB  200 MiB  50 %\n"
            "  shop_2          25.0 %  190 MiB  200 MiB  95 %\n"
            "App/default/calm  1.0 %   5.0 MiB\n"
            "  calm_1          1.0 %   5.0 MiB  -\n");
}

}  // namespace
}  // namespace mooring::cli
