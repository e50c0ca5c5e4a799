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

TEST_F(HttpServerTest, LocalRoutesAnswerOnLocalListenersOnly) {
  Start();
  EXPECT_EQ(OverUnix().Do({.path = "/local"}, {})->status, 200);
  const auto refused = OverTcp().Do({.path = "/local"}, {});
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(refused->headers.at("content-type"), "application/problem+json");
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
  server.Handle({"GET", "/wait", Access::kOpen, [&](const Request&) {
                   entered.count_down();
                   release.wait();
                   return Response{.body = "waited"};
                 }});
  server.Handle({.method = "GET",
                 .pattern = "/quick",
                 .access = Access::kOpen,
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
  server.Handle({"GET", "/wait", Access::kOpen, [&](const Request&) {
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
  server.Handle({"GET", "/wait", Access::kOpen, [&](const Request& request) {
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
          const auto response = client.Do({.method = "POST", .path = "/echo", .body = body}, {});
          if (response && response->body == body) ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, 800);
}

}  // namespace
}  // namespace mooring::web
