// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/controller/http/api_fixture.h"

namespace mooring::http {
namespace {

using ::testing::HasSubstr;

TEST_F(ApiTest, HealthReadinessAndMetricsAnswerEverywhere) {
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    EXPECT_EQ(Get(path).status, 200) << path;
    EXPECT_EQ(GetOverTcp(path).status, 200) << path;
  }
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/metrics").headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(ApiTest, TheApiWantsATokenEverywhere) {
  for (const char* path : {"/api/v1/resources", "/api/v1/resources/App/default/shop",
                           "/api/v1/events", "/api/v1/openapi.json", "/api/v1/events/stream"}) {
    EXPECT_EQ(GetOverTcp(path).status, 401) << path;
    EXPECT_EQ(GetWith("wrong", path).status, 401) << path;
  }
  EXPECT_EQ(GetWith("read", "/api/v1/resources").status, 200);
  const net::HttpRequest reconcile{.method = "POST",
                                   .path = "/api/v1/reconcile",
                                   .headers = {"Authorization: Bearer read"},
                                   .body = "{}"};
  EXPECT_EQ(Ask(reconcile).status, 403);
  EXPECT_FALSE(reconciled_);
}

class ClosedMetricsTest : public ApiTest {
 protected:
  ClosedMetricsTest() : ApiTest({.metrics_token = true}) {}
};

TEST_F(ClosedMetricsTest, MetricsNeedATokenAndReadinessTellsLess) {
  EXPECT_EQ(GetOverTcp("/metrics").status, 401);
  EXPECT_EQ(GetWith("read", "/metrics").status, 200);
  EXPECT_EQ(GetOverTcp("/healthz").status, 200);
  parts_[1] = {"engine", false, "secret place"};
  EXPECT_EQ(GetOverTcp("/readyz").status, 503);
  EXPECT_EQ(GetOverTcp("/readyz").body, "not ready\n");
  EXPECT_THAT(GetWith("read", "/readyz").body, HasSubstr("secret place"));
  const auto json = Ask(
      {.path = "/readyz", .headers = {"Authorization: Bearer wrong", "Accept: application/json"}});
  EXPECT_EQ(Json::parse(json.body), Json({{"ready", false}, {"parts", Json::array()}}));
}

TEST_F(ApiTest, ReadinessNamesEachPart) {
  EXPECT_EQ(Get("/readyz").body, "git: ready\nengine: ready\n");
  parts_[1] = {"engine", false, "docker at /run/docker.sock does not answer"};
  const auto text = Get("/readyz");
  EXPECT_EQ(text.status, 503);
  EXPECT_EQ(text.body,
            "git: ready\nengine: not ready, docker at /run/docker.sock does not answer\n");
  const auto json = Ask({.path = "/readyz", .headers = {"Accept: application/json"}});
  EXPECT_EQ(json.status, 503);
  const Json document = Json::parse(json.body);
  EXPECT_EQ(document["ready"], false);
  EXPECT_EQ(document["parts"][1]["name"], "engine");
  EXPECT_THAT(document["parts"][1]["reason"].get<std::string>(), HasSubstr("does not answer"));
}

TEST_F(ApiTest, ListsWhatIsDesiredAndWhatIsStillThere) {
  EXPECT_THAT(NamesAt("/api/v1/resources"),
              ::testing::ElementsAre("App/old-blog", "App/shop", "App/wiki", "Host/harbour-1",
                                     "Site/shop"));
  EXPECT_THAT(NamesAt("/api/v1/resources?kind=App&name=shop"), ::testing::ElementsAre("App/shop"));
  EXPECT_THAT(NamesAt("/api/v1/resources?namespace=default&kind=Site"),
              ::testing::ElementsAre("Site/shop"));
  EXPECT_THAT(NamesAt("/api/v1/resources?namespace=other"), ::testing::ElementsAre());
}

TEST_F(ApiTest, GetsOne) {
  const Json shop = Json::parse(Get("/api/v1/resources/App/default/shop").body);
  EXPECT_EQ(shop["spec"]["of"], "App/default/shop");
  EXPECT_EQ(shop["status"]["inUseBy"][0], "Site/default/shop");
  EXPECT_EQ(Json::parse(Get("/api/v1/resources/Host/harbour-1").body)["kind"], "Host");
  const auto missing = Get("/api/v1/resources/App/default/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Json::parse(missing.body)["detail"],
            "App/default/none is neither in Git nor on this host");
}

TEST_F(ApiTest, ListsEvents) {
  for (uint64_t i = 1; i <= 5; ++i) {
    store_.events.push_back({.sequence = i,
                             .key = {"App", "default", i % 2 == 0 ? "wiki" : "shop"},
                             .reason = "Updated",
                             .message = "event " + std::to_string(i)});
  }
  const Json all = Json::parse(Get("/api/v1/events").body);
  EXPECT_EQ(all["items"].size(), 5u);
  EXPECT_EQ(all["last"], 5);
  EXPECT_EQ(all["items"][0]["resource"], "App/default/shop");
  EXPECT_EQ(Json::parse(Get("/api/v1/events?after=3").body)["items"].size(), 2u);
  EXPECT_EQ(Json::parse(Get("/api/v1/events?after=9").body)["last"], 9);
  EXPECT_EQ(Json::parse(Get("/api/v1/events?resource=App/default/wiki").body)["items"].size(), 2u);
  EXPECT_EQ(Json::parse(Get("/api/v1/events?limit=1").body)["items"][0]["sequence"], 5);
}

TEST_F(ApiTest, SaysWhatIsWrongWithAQuery) {
  for (const auto& [path, detail] : std::vector<std::pair<const char*, const char*>>{
           {"/api/v1/events?after=x", "after=\"x\" is not a number"},
           {"/api/v1/events?after=-1", "after=\"-1\" is not a number"},
           {"/api/v1/events?limit=0", "limit must be 1 to 1000"},
           {"/api/v1/events?limit=1001", "limit must be 1 to 1000"},
           {"/api/v1/events?resource=shop", "write Kind/namespace/name"},
           {"/api/v1/events?limt=3", "did you mean \"limit\"?"},
           {"/api/v1/resources?kinds=App", "did you mean \"kind\"?"},
           {"/api/v1/resources/App/default/shop?x=1", "unknown query parameter"}}) {
    const auto response = Get(path);
    EXPECT_EQ(response.status, 400) << path;
    EXPECT_THAT(Json::parse(response.body)["detail"].get<std::string>(), HasSubstr(detail));
  }
}

TEST_F(ApiTest, TellsWhenTheStoreFails) {
  store_.failure = Error(ErrorCode::kDataLoss, "block 7 is damaged");
  for (const char* path :
       {"/api/v1/resources", "/api/v1/resources/App/default/shop", "/api/v1/events"}) {
    const auto response = Get(path);
    EXPECT_EQ(response.status, 500) << path;
    EXPECT_THAT(response.body, HasSubstr("block 7 is damaged"));
  }
}

TEST_F(ApiTest, PlansWhatIsPosted) {
  const auto post = [this](std::string body) {
    return Ask({.method = "POST", .path = "/api/v1/plan", .body = std::move(body)});
  };
  EXPECT_EQ(Json::parse(post(R"({"patch": "x"})").body)["planned"]["patch"], "x");
  EXPECT_EQ(post(R"({"files": ")" + std::string(8u << 20, 'x') + "\"}").status, 200);
  plan_ = [](const Json&) -> Result<Json> {
    return Fail(ErrorCode::kUnavailable, "the first revision is not loaded yet");
  };
  EXPECT_EQ(post("{}").status, 503);
}

TEST_F(ApiTest, QueuesWhatIsAskedFor) {
  const auto post = [this](std::string body) {
    return Ask({.method = "POST", .path = "/api/v1/reconcile", .body = std::move(body)});
  };
  const auto one = post(R"({"resource": "App/default/shop", "source": true})");
  EXPECT_EQ(one.status, 202) << one.body;
  EXPECT_EQ(Json::parse(one.body), Json({{"queued", 1}}));
  EXPECT_EQ(reconciled_->resource->ToString(), "App/default/shop");
  EXPECT_TRUE(reconciled_->source);
  EXPECT_EQ(reconciled_->who, "admin");
  EXPECT_FALSE(reconciled_->override_window);
  EXPECT_EQ(post(R"({"resource": "App/default/shop", "overrideWindow": true})").status, 202);
  EXPECT_TRUE(reconciled_->override_window);
  EXPECT_EQ(Json::parse(post("").body), Json({{"queued", 4}}));
  EXPECT_FALSE(reconciled_->resource);
  EXPECT_FALSE(reconciled_->source);
  EXPECT_EQ(post("{}").status, 202);
  // What is no longer in Git and still on the host is looked at, too.
  EXPECT_EQ(post(R"({"resource": "App/default/old-blog"})").status, 202);
  EXPECT_EQ(post(R"({"resource": "App/default/none"})").status, 404);
  for (const char* body : {R"({"resource": "shop"})", R"({"resource": 5})", R"({"source": "yes"})",
                           R"({"resorce": "App/default/shop"})", "[]",
                           R"({"resource": "Host/harbour-1"})", R"({"overrideWindow": true})",
                           R"({"resource": "App/default/shop", "overrideWindow": 1})"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
}

TEST_F(ApiTest, HoldsAndResumesWhatIsAskedFor) {
  const auto post = [this](const std::string& route, const std::string& body) {
    return Ask({.method = "POST", .path = "/api/v1/" + route, .body = body});
  };
  const auto one =
      post("suspend", R"({"resource": "App/default/shop", "for": "2h", "reason": "new disk"})");
  EXPECT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(Json::parse(one.body)["what"], "App/default/shop");
  EXPECT_EQ(Json::parse(one.body)["resume"], "mooring resume App/default/shop");
  EXPECT_EQ(held_->scope, HoldScope::Resource({"App", "default", "shop"}));
  EXPECT_EQ(held_->how_long, std::chrono::hours(2));
  EXPECT_EQ(held_->reason, "new disk");
  EXPECT_EQ(held_->who, "admin");
  EXPECT_EQ(post("suspend", R"({"resource": "App/default/old-blog"})").status, 200);
  EXPECT_EQ(post("suspend", R"({"namespace": "default"})").status, 200);
  EXPECT_EQ(held_->scope, HoldScope::Namespace("default"));
  EXPECT_EQ(held_->how_long, std::nullopt);
  EXPECT_EQ(post("suspend", R"({"all": true})").status, 200);
  EXPECT_EQ(post("suspend", R"({"namespace": "nobody"})").status, 404);
  EXPECT_EQ(post("suspend", R"({"resource": "App/default/none"})").status, 404);
  EXPECT_EQ(post("rollback", R"({"revision": "HEAD~1"})").status, 200);
  EXPECT_EQ(held_->scope, HoldScope::Source(""));
  EXPECT_EQ(held_->revision, "HEAD~1");
  const auto ended = post("resume", R"({"source": "fleet"})");
  EXPECT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(Json::parse(ended.body)["ended"][0]["what"], "source fleet");
}

TEST_F(ApiTest, RefusesHoldsThatCannotBeMeant) {
  for (const auto& [route, body] : std::vector<std::pair<std::string, std::string>>{
           {"suspend", "{}"},
           {"suspend", R"({"all": false})"},
           {"suspend", R"({"all": true, "namespace": "default"})"},
           {"suspend", R"({"source": "fleet"})"},
           {"suspend", R"({"resource": "shop"})"},
           {"suspend", R"({"resource": "Host/harbour-1"})"},
           {"suspend", R"({"all": true, "for": "0s"})"},
           {"suspend", R"({"all": true, "for": "9999d"})"},
           {"suspend", R"({"all": true, "for": "soon"})"},
           {"suspend", R"({"all": true, "reason": "a\nb"})"},
           {"suspend", R"({"all": true, "reason": 5})"},
           {"rollback", R"({"source": "fleet"})"},
           {"rollback", R"({"revision": "HEAD~1", "all": true})"},
           {"resume", "{}"},
           {"resume", R"({"all": true, "for": "2h"})"}}) {
    held_.reset();
    EXPECT_EQ(Ask({.method = "POST", .path = "/api/v1/" + route, .body = body}).status, 400)
        << route << " " << body;
    EXPECT_FALSE(held_);
  }
}

TEST_F(ApiTest, RefusesBodiesThatAreNoPlanRequest) {
  const auto post = [this](std::string body) {
    return Ask({.method = "POST", .path = "/api/v1/plan", .body = std::move(body)});
  };
  EXPECT_EQ(post("").status, 400);
  EXPECT_EQ(post("[]").status, 400);
  EXPECT_EQ(post("{\"a\":").status, 400);
  EXPECT_EQ(post("{\"a\":\"\xff\"}").status, 400);
  EXPECT_THAT(post("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}").body,
              HasSubstr("nested deeper than"));
  std::string wide = "{\"a\":[0";
  for (int i = 0; i < 1'100'000; ++i) wide += ",0";
  EXPECT_EQ(post(wide + "]}").status, 400);
  EXPECT_EQ(Announce("/api/v1/plan", (16u << 20) + 1).status, 413);
}

}  // namespace
}  // namespace mooring::http
