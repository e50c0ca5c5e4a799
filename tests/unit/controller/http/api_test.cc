// SPDX-License-Identifier: Apache-2.0
// The API over real sockets, on a store and a backend that the test fills.
#include "controller/http/api.h"

#include <unistd.h>

#include <filesystem>

#include "controller/net/http_client.h"

namespace mooring::http {
namespace {

using ::testing::HasSubstr;

/// Statuses and events as the test put them; any call fails once `failure` is set.
class ListedStore final : public StoreReader {
 public:
  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override {
    if (failure) return std::unexpected(*failure);
    for (const auto& status : statuses) {
      if (status.key == key) return status;
    }
    return std::nullopt;
  }
  Result<std::vector<ResourceStatus>> ListStatus() const override {
    if (failure) return std::unexpected(*failure);
    return statuses;
  }
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override {
    if (failure) return std::unexpected(*failure);
    std::vector<Event> found;
    for (const Event& event : events) {
      if (event.sequence <= query.after || (query.key && event.key != *query.key)) continue;
      found.push_back(event);
    }
    if (found.size() > query.limit)
      found.erase(found.begin(), found.end() - static_cast<long>(query.limit));
    return found;
  }
  std::vector<ResourceStatus> statuses;
  std::vector<Event> events;
  std::optional<Error> failure;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    for (const char* name :
         {"App/default/shop", "App/default/wiki", "Site/default/shop", "Host/harbour-1"}) {
      auto resource = std::make_shared<Resource>();
      resource->key = *ResourceKey::Parse(name);
      resource->spec = {{"of", name}};
      desired_.push_back(std::move(resource));
    }
    ResourceStatus gone;
    gone.key = {"App", "default", "old-blog"};
    store_.statuses = {gone};
    std::string folder = (std::filesystem::temp_directory_path() / "mooring-api-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    socket_ = folder_ / "s.sock";
    RegisterApi(
        server_,
        {.store = store_,
         .readiness = [this] { return parts_; },
         .render_metrics = [] { return std::string("mooring_queue_depth 0\n"); },
         .list_desired = [this] { return desired_; },
         .revision =
             [] { return std::string("main@sha1:4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96"); },
         .find_desired = [this](const ResourceKey& key) { return Find(key); },
         .in_use_by =
             [](const ResourceKey& key) {
               return key.kind == "App" ? std::vector<std::string>{"Site/default/shop"}
                                        : std::vector<std::string>{};
             },
         .plan = [this](const Json& body, std::stop_token) { return plan_(body); }});
    EXPECT_TRUE(server_.Start({{.address = *web::ListenAddress::Parse("127.0.0.1:0")},
                               {.address = {.unix_path = socket_}, .local = true}}));
  }
  ~ApiTest() override {
    server_.Stop(clock_.Steady());
    std::filesystem::remove_all(folder_);
  }

  ResourcePtr Find(const ResourceKey& key) const {
    for (const ResourcePtr& resource : desired_) {
      if (resource->key == key) return resource;
    }
    return nullptr;
  }
  net::HttpResponse Ask(const net::HttpRequest& request) {
    net::HttpClient client({.unix_socket = socket_, .base_url = "http://localhost"});
    auto response = client.Do(request, {});
    EXPECT_TRUE(response) << response.error().ToString();
    return response.value_or(net::HttpResponse{});
  }
  net::HttpResponse Get(const std::string& path) { return Ask({.path = path}); }
  net::HttpResponse GetOverTcp(const std::string& path) {
    net::HttpClient client({.base_url = "http://" + server_.addresses().at(0).ToString()});
    return client.Do({.path = path}, {}).value_or(net::HttpResponse{});
  }
  std::vector<std::string> NamesAt(const std::string& path) {
    std::vector<std::string> names;
    const Json list = Json::parse(Get(path).body);
    for (const Json& item : list["items"]) {
      names.push_back(item["kind"].get<std::string>() + "/" +
                      item["metadata"]["name"].get<std::string>());
    }
    return names;
  }

  SystemClock clock_;
  std::filesystem::path folder_;
  std::string socket_;
  ListedStore store_;
  std::vector<ResourcePtr> desired_;
  std::vector<ReadinessPart> parts_ = {{"git", true, ""}, {"engine", true, ""}};
  std::function<Result<Json>(const Json&)> plan_ = [](const Json& body) -> Result<Json> {
    return Json{{"planned", body}};
  };
  web::HttpServer server_{clock_, Log()};
};

TEST_F(ApiTest, HealthReadinessAndMetricsAnswerEverywhere) {
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    EXPECT_EQ(Get(path).status, 200) << path;
    EXPECT_EQ(GetOverTcp(path).status, 200) << path;
  }
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/metrics").headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(ApiTest, TheApiAnswersOnTheUnixSocketOnly) {
  for (const char* path : {"/api/v1/resources", "/api/v1/resources/App/default/shop",
                           "/api/v1/events", "/api/v1/plan"}) {
    EXPECT_EQ(GetOverTcp(path).status, 403) << path;
  }
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
  EXPECT_EQ(post(std::string((16u << 20) + 1, ' ')).status, 413);
}

}  // namespace
}  // namespace mooring::http
