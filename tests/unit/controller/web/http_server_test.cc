// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "tests/unit/controller/web/server_fixture.h"

namespace mooring::web {
namespace {

using net::HttpRequest;
using ::testing::HasSubstr;

class HttpServerTest : public ServerFixture {};

TEST_F(HttpServerTest, AnswersOnTcpAndUnix) {
  Start();
  for (net::HttpClient* client :
       {new net::HttpClient({.base_url = "http://127.0.0.1:" + std::to_string(port_)}),
        new net::HttpClient({.unix_socket = unix_path_, .base_url = "http://localhost"})}) {
    const std::unique_ptr<net::HttpClient> owner(client);
    const auto response = client->Do({.path = "/hello"}, {});
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->headers.at("content-type"), "text/plain");
  }
}

TEST_F(HttpServerTest, DecodesParamsAndQuery) {
  Start();
  const auto response = OverUnix().Do({.path = "/items/App/a%2Fb%20c?q=x%26y+z"}, {});
  EXPECT_EQ(response->body, "App|a/b c|x&y z");
  EXPECT_EQ(OverUnix().Do({.path = "/items/App/%zz"}, {})->status, 400);
  EXPECT_EQ(OverUnix().Do({.path = "/items/App/a%00b"}, {})->status, 400);
}

TEST_F(HttpServerTest, HeadWorksWhereGetDoes) {
  Start();
  const auto response = OverTcp().Do({.method = "HEAD", .path = "/hello"}, {});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.at("content-length"), "5");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpServerTest, RefusesWithProblems) {
  Start();
  const auto missing = OverTcp().Do({.path = "/nothing"}, {});
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(nlohmann::json::parse(missing->body)["detail"], "there is nothing at /nothing");
  const auto wrong = OverTcp().Do({.method = "DELETE", .path = "/hello"}, {});
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(nlohmann::json::parse(wrong->body)["status"], 405);
  EXPECT_EQ(OverTcp().Do({.method = "BREW", .path = "/hello"}, {})->status, 405);
}

TEST_F(HttpServerTest, TakesBodiesUpToTheRoutesLimit) {
  Start({.max_body = 1000});
  net::HttpClient client = OverTcp();
  EXPECT_EQ(client.Do({.method = "POST", .path = "/echo", .body = "abc"}, {})->body, "abc");
  EXPECT_EQ(client.Do({.method = "POST", .path = "/echo", .body = ""}, {})->status, 200);
  EXPECT_EQ(
      client.Do({.method = "POST", .path = "/echo", .body = std::string(1000, 'x')}, {})->status,
      200);
  const auto refused =
      client.Do({.method = "POST", .path = "/echo", .body = std::string(1001, 'x')}, {});
  ASSERT_TRUE(refused) << refused.error().ToString();
  EXPECT_EQ(refused->status, 413);
  const std::string large(8u << 20, 'y');
  EXPECT_EQ(client.Do({.method = "POST", .path = "/upload", .body = large}, {})->body, large);
}

TEST_F(HttpServerTest, WantsATokenOfTheRolesRoute) {
  Start();
  for (const auto& [path, token, status] :
       std::vector<std::tuple<const char*, const char*, int>>{{"/read", "read", 200},
                                                              {"/read", "admin", 200},
                                                              {"/operate", "read", 403},
                                                              {"/operate", "operate", 200},
                                                              {"/read", "wrong", 401},
                                                              {"/read", "broken", 503},
                                                              {"/hello", "wrong", 200}}) {
    for (const bool over_unix : {false, true}) {
      const HttpRequest request{.path = path,
                                .headers = {fmt::format("Authorization: Bearer {}", token)}};
      const auto response = over_unix ? OverUnix().Do(request, {}) : OverTcp().Do(request, {});
      EXPECT_EQ(response->status, status) << path << " " << token;
    }
  }
  const auto without = OverTcp().Do({.path = "/read"}, {});
  EXPECT_EQ(without->status, 401);
  EXPECT_EQ(without->headers.at("www-authenticate"), "Bearer realm=\"mooring\"");
  const auto small =
      OverTcp().Do({.path = "/operate", .headers = {"authorization: bearer  read"}}, {});
  EXPECT_EQ(nlohmann::json::parse(small->body)["detail"],
            "this needs a token with the role operate; read has read");
  EXPECT_EQ(OverTcp().Do({.path = "/nothing"}, {})->status, 404);
}

TEST_F(HttpServerTest, ATokenThatAsksTooOftenIsToldToWait) {
  Start({.requests = {.events = 3, .window = std::chrono::hours(1)},
         .wrong_tokens = {.events = 2, .window = std::chrono::hours(1)}});
  const auto ask = [&](const std::string& token) {
    return *OverTcp().Do({.path = "/read", .headers = {"Authorization: Bearer " + token}}, {});
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("read").status, 200);
  const auto refused = ask("read");
  EXPECT_EQ(refused.status, 429);
  EXPECT_GT(std::stoi(refused.headers.at("retry-after")), 1000);
  EXPECT_EQ(ask("operate").status, 200);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(ask("cli").status, 200) << "it has no limit";
  // Guessing is slowed down; who has a right token does not notice.
  EXPECT_EQ(ask("guess-1").status, 401);
  EXPECT_EQ(ask("guess-2").status, 401);
  EXPECT_EQ(ask("guess-3").status, 429);
  EXPECT_EQ(ask("admin").status, 200);
}

TEST_F(HttpServerTest, TakesTheRoutesTypeOfBody) {
  Start();
  const auto post = [&](std::vector<std::string> headers) {
    return OverTcp()
        .Do({.method = "POST", .path = "/json", .headers = std::move(headers), .body = "{}"}, {})
        ->status;
  };
  EXPECT_EQ(post({"Content-Type: application/json"}), 200);
  EXPECT_EQ(post({"Content-Type: Application/JSON; charset=utf-8"}), 200);
  EXPECT_EQ(post({"Content-Type:"}), 200) << "none at all";
  EXPECT_EQ(post({}), 415) << "what curl sends by itself";
  EXPECT_EQ(post({"Content-Type: text/plain"}), 415);
}

TEST_F(HttpServerTest, LongHeadsAreProblems) {
  Start({.max_header = 4096});
  net::HttpClient client = OverTcp();
  const auto headers =
      client.Do({.path = "/hello", .headers = {"X: " + std::string(4096, 'x')}}, {});
  ASSERT_TRUE(headers) << headers.error().ToString();
  EXPECT_EQ(headers->status, 431);
  EXPECT_EQ(nlohmann::json::parse(headers->body)["reason"], "HeadersTooLarge");
  const auto target = client.Do({.path = "/hello?x=" + std::string(2048, 'x')}, {});
  ASSERT_TRUE(target) << target.error().ToString();
  EXPECT_EQ(target->status, 414);
  EXPECT_EQ(nlohmann::json::parse(target->body)["reason"], "TargetTooLong");
}

TEST_F(HttpServerTest, AHandlerThatThrowsIsAnsweredWith500) {
  Start();
  const auto response = OverTcp().Do({.path = "/boom"}, {});
  EXPECT_EQ(response->status, 500);
  EXPECT_THAT(response->body, ::testing::Not(HasSubstr("boom")));
  EXPECT_TRUE(Responsive());
}

TEST_F(HttpServerTest, QuickRoutesAnswerWhileThePoolIsBusy) {
  std::latch entered(1);
  std::latch release(1);
  HttpServer server(clock_, Log(), {.threads = 1});
  server.Handle({"GET", "/wait", std::nullopt, [&](const Request&) {
                   entered.count_down();
                   release.wait();
                   return Response{.body = "waited"};
                 }});
  server.Handle({.method = "GET",
                 .pattern = "/quick",
                 .role = std::nullopt,
                 .handler = [](const Request&) { return Response{.body = "quick"}; },
                 .quick = true});
  ASSERT_TRUE(server.Start({{.address = *ListenAddress::Parse("127.0.0.1:0")}}));
  port_ = server.addresses()[0].port;
  testing::RawClient busy = Raw();
  busy.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  EXPECT_EQ(OverTcp().Do({.path = "/quick"}, {})->body, "quick");
  release.count_down();
  EXPECT_THAT(busy.ReadUntil("waited"), HasSubstr(" 200 "));
}

TEST_F(HttpServerTest, MoreThanTheQueueHoldsIsToldToComeBack) {
  Start({.max_queued = 0});
  const auto response = OverTcp().Do({.path = "/hello"}, {});
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->headers.at("retry-after"), "1");
  EXPECT_EQ(OverTcp().Do({.path = "/quick"}, {})->status, 200);
}

TEST_F(HttpServerTest, TheUnixSocketIsPrivateAndGoesWithTheServer) {
  Start();
  struct stat info{};
  ASSERT_EQ(::stat(unix_path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  server_->Stop(clock_.Steady());
  EXPECT_FALSE(std::filesystem::exists(unix_path_));
  EXPECT_FALSE(OverTcp().Do({.path = "/hello"}, {}));
}

TEST_F(HttpServerTest, StopLetsRequestsEnd) {
  std::latch entered(1);
  std::latch release(1);
  HttpServer server(clock_, Log());
  server.Handle({"GET", "/wait", std::nullopt, [&](const Request&) {
                   entered.count_down();
                   release.wait();
                   return Response{.body = "waited"};
                 }});
  ASSERT_TRUE(server.Start({{.address = *ListenAddress::Parse("127.0.0.1:0")}}));
  auto client = testing::RawClient::Tcp(server.addresses()[0].port);
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  std::jthread stopper([&] { server.Stop(clock_.Steady() + std::chrono::seconds(30)); });
  release.count_down();
  EXPECT_THAT(client.ReadUntil("waited"), HasSubstr("waited"));
}

TEST_F(HttpServerTest, StopCutsWhatDoesNotEndInTime) {
  std::latch entered(1);
  HttpServer server(clock_, Log());
  server.Handle({"GET", "/wait", std::nullopt, [&](const Request& request) {
                   entered.count_down();
                   SystemClock clock;
                   SleepFor(clock, std::chrono::hours(1), request.stop);
                   return Response{};
                 }});
  ASSERT_TRUE(server.Start({{.address = *ListenAddress::Parse("127.0.0.1:0")}}));
  auto client = testing::RawClient::Tcp(server.addresses()[0].port);
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  const SteadyTime begin = clock_.Steady();
  server.Stop(begin + std::chrono::milliseconds(50));
  EXPECT_LT(clock_.Steady() - begin, std::chrono::seconds(20));
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  Start();
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&, i] {
        net::HttpClient client = i % 2 == 0 ? OverTcp() : OverUnix();
        for (int n = 0; n < 100; ++n) {
          const std::string body = fmt::format("{}-{}", i, n);
          const auto response = client.Do(
              {.method = "POST", .path = "/echo", .body = body, .fresh_connection = n % 2 == 0},
              {});
          if (response && response->body == body) ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, 800);
}

}  // namespace
}  // namespace mooring::web
