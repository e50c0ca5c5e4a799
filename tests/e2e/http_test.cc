// SPDX-License-Identifier: Apache-2.0
// The daemon's HTTP side: health, metrics with a real Prometheus, and plans of what is proposed.
#include <fmt/format.h>

#include "tests/e2e/world.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

class Http : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world_->HasConverged("App", "shop") && world_->HasConverged("Site", "shop");
    }));
  }
  net::HttpResponse Plan(const Json& request) {
    return world_->Api("/api/v1/plan", request.dump());
  }
};

TEST_F(Http, ReadinessNamesThePartThatIsDown) {
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 200; }));
  world_->caddy.Kill();
  ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 503; }));
  const std::string text = world_->Api("/readyz").body;
  EXPECT_NE(text.find("caddy: not ready"), std::string::npos) << text;
  EXPECT_NE(text.find("git: ready"), std::string::npos) << text;
  EXPECT_EQ(world_->Api("/healthz").status, 200);
  world_->caddy.Start();
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Api("/readyz").status == 200; }));
}

TEST_F(Http, APrometheusCanBeAsked) {
  World& world = *world_;
  const CommandResult checked =
      RunCommand({"promtool", "check", "metrics"}, world.Api("/metrics").body);
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_EQ(checked.out + checked.err, "");

  const int port = FreePort();
  const std::string config = world.File("prometheus.yml");
  WriteText(config, fmt::format("scrape_configs:\n"
                                "  - job_name: mooring\n"
                                "    scrape_interval: 1s\n"
                                "    static_configs:\n"
                                "      - targets: ['127.0.0.1:{}']\n",
                                world.daemon_port));
  Process prometheus;
  prometheus.Start(
      {"prometheus", "--config.file=" + config, "--storage.tsdb.path=" + world.File("prometheus"),
       fmt::format("--web.listen-address=127.0.0.1:{}", port)},
      world.File("prometheus.log"));
  const std::string query = "mooring_resource_ready{kind=\"App\",name=\"shop\"}";
  const std::string url =
      fmt::format("http://localhost:{}/api/v1/query?query={}", port, net::EscapeQuery(query));
  EXPECT_TRUE(Eventually(30s,
                         [&] {
                           const Json answer = Json::parse(WebGet(url).body, nullptr, false);
                           if (!answer.is_object() || answer["data"]["result"].size() != 1)
                             return false;
                           return answer["data"]["result"][0]["value"][1] == "1";
                         }))
      << WebGet(url).body << ReadText(world.File("prometheus.log"));
}

TEST_F(Http, APlanOfAPatch) {
  World& world = *world_;
  const double writes = world.EngineWrites();
  const net::HttpResponse response = Plan({{"files",
                                            {{"apps/shop.yaml", world.App("shop", "2.0.0").dump()},
                                             {"apps/blog.yaml", world.App("blog").dump()}}}});
  ASSERT_EQ(response.status, 200) << response.body;
  std::map<std::string, std::string> actions;
  Json plan = Json::parse(response.body);
  for (const Json& resource : plan["resources"])
    actions[resource.at("resource")] = resource.at("action");
  EXPECT_EQ(actions["App/" + world.ns + "/shop"], "update") << response.body;
  EXPECT_EQ(actions["App/" + world.ns + "/blog"], "create");
  EXPECT_EQ(world.EngineWrites(), writes);
}

TEST_F(Http, APlanOfAWholeTreeShowsWhatWouldGo) {
  World& world = *world_;
  const net::HttpResponse response =
      Plan({{"base", "none"}, {"files", {{"apps/blog.yaml", world.App("blog").dump()}}}});
  ASSERT_EQ(response.status, 200) << response.body;
  Json plan = Json::parse(response.body);
  EXPECT_EQ(plan["summary"]["create"], 1) << plan["summary"];
  // All that is there would go, which takes a token.
  EXPECT_EQ(plan["summary"]["delete"], 0) << plan["summary"];
  EXPECT_EQ(plan["summary"]["held"], 2) << plan["summary"];
  EXPECT_TRUE(plan["held"][0]["confirm"].get<std::string>().starts_with("prune-")) << plan["held"];
}

TEST_F(Http, FindingsInAPlanAreAProblemWithTheirPlace) {
  const net::HttpResponse response =
      Plan({{"files", {{"apps/bad.yaml", "apiVersion: mooring.dev/v1alpha1\nkind: Ap\n"}}}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
  Json problem = Json::parse(response.body);
  EXPECT_NE(problem["detail"].get<std::string>().find("apps/bad.yaml:2:7"), std::string::npos)
      << problem;
  EXPECT_EQ(problem["reason"], "InvalidArgument");
}

}  // namespace
}  // namespace mooring::test
