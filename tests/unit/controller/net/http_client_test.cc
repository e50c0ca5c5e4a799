// SPDX-License-Identifier: Apache-2.0
// The client against our server, and against a server that says exactly what a test wants.
#include "controller/net/http_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <latch>

#include "controller/web/http_server.h"

namespace mooring::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// Answers each connection with the same bytes once a request has come; then closes it, or holds it
/// until the test ends.
class ScriptedServer {
 public:
  enum class Then { kClose, kHold };
  ScriptedServer(std::string bytes, Then then) : bytes_(std::move(bytes)), then_(then) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_, 8);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Run(); });
  }
  ~ScriptedServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (const int fd : held_) ::close(fd);
    ::close(fd_);
  }
  HttpClient Client(size_t max_body = 1u << 20) const {
    return HttpClient(
        {.base_url = fmt::format("http://127.0.0.1:{}", port_), .max_body = max_body});
  }

 private:
  void Run() {
    for (int fd = 0; (fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::array<char, 65536> request;
      if (::recv(fd, request.data(), request.size(), 0) > 0) {
        (void)::send(fd, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      }
      if (then_ == Then::kHold) {
        held_.push_back(fd);
      } else {
        ::close(fd);
      }
    }
  }
  const std::string bytes_;
  const Then then_;
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port_ = 0;
  std::vector<int> held_;
  std::jthread thread_;
};

/// Our own server on TCP and a unix socket.
class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mooring-net-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    socket_ = folder_ / "s.sock";
    const auto echo = [](const web::Request& r) {
      return web::Response{
          .body = r.method + " " + r.body,
          .headers = {{"X-Seen", r.headers.contains("x-one") ? r.headers.at("x-one") : "none"}}};
    };
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      server_.Handle({method, "/echo", std::nullopt, echo});
    }
    server_.Handle({"GET", "/big", std::nullopt, [](const web::Request&) {
                      return web::Response{.body = std::string(1u << 20, 'x')};
                    }});
    server_.Handle({"GET", "/together", std::nullopt, [this](const web::Request& r) {
                      most_ = std::max(most_.load(), ++at_once_);
                      while (most_ < 3 && !r.stop.stop_requested()) std::this_thread::yield();
                      --at_once_;
                      return web::Response{.body = r.query.at("n")};
                    }});
    server_.Handle({"GET", "/hang", std::nullopt, [this](const web::Request& r) {
                      hanging_.count_down();
                      SleepFor(clock_, std::chrono::hours(1), r.stop);
                      return web::Response{};
                    }});
    EXPECT_TRUE(server_.Start({{.address = *web::ListenAddress::Parse("127.0.0.1:0")},
                               {.address = {.unix_path = socket_}}}));
  }
  ~HttpClientTest() override {
    server_.Stop(clock_.Steady());
    std::filesystem::remove_all(folder_);
  }
  HttpClient Tcp() const {
    return HttpClient({.base_url = "http://" + server_.addresses().at(0).ToString()});
  }
  SystemClock clock_;
  std::filesystem::path folder_;
  std::string socket_;
  std::latch hanging_{1};
  std::atomic<int> at_once_{0};
  std::atomic<int> most_{0};
  web::HttpServer server_{clock_, Log()};
};

TEST_F(HttpClientTest, SendsMethodHeadersAndBody) {
  HttpClient client = Tcp();
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    const auto response =
        client.Do({.method = method, .path = "/echo", .headers = {"X-One: 1"}, .body = "body"}, {});
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_EQ(response->body, std::string(method) + " body");
    EXPECT_EQ(response->headers.at("x-seen"), "1");
  }
  EXPECT_EQ(client.Do({.method = "POST", .path = "/echo"}, {})->body, "POST ");
  EXPECT_EQ(client.Do({.path = "/echo"}, {})->body, "GET ");
  EXPECT_EQ(client.Do({.method = "DELETE", .path = "/echo"}, {})->body, "DELETE ");
}

TEST_F(HttpClientTest, BodiesMayHoldAnyByte) {
  const std::string body("a\0b\xff", 4);
  EXPECT_EQ(Tcp().Do({.method = "POST", .path = "/echo", .body = body}, {})->body, "POST " + body);
}

TEST_F(HttpClientTest, UploadsInParts) {
  HttpClient client = Tcp();
  const std::string large(200'000, 'x');
  std::vector<std::string> parts = {"a", large, "b", ""};
  size_t next = 0;
  const auto give = [&]() -> Result<std::string> { return parts[next++]; };
  const auto response = client.Do({.method = "PUT", .path = "/echo", .upload = give}, {});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->body, "PUT a" + large + "b");
  EXPECT_EQ(next, parts.size());
}

TEST_F(HttpClientTest, AnUploadThatFailsIsTheErrorOfItsSource) {
  HttpClient client = Tcp();
  int part = 0;
  const auto give = [&]() -> Result<std::string> {
    return part++ == 0 ? Result<std::string>("a") : Fail(ErrorCode::kDataLoss, "no more of it");
  };
  const auto response = client.Do({.method = "PUT", .path = "/echo", .upload = give}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kDataLoss);
  EXPECT_EQ(response.error().message(), "no more of it");
  EXPECT_TRUE(client.Do({.path = "/echo"}, {}));
}

TEST_F(HttpClientTest, SpeaksOverAUnixSocket) {
  HttpClient client({.unix_socket = socket_, .base_url = "http://localhost"});
  EXPECT_EQ(client.Do({.path = "/echo"}, {})->status, 200);
  EXPECT_EQ(client.Do({.path = "/echo", .fresh_connection = true}, {})->status, 200);
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  EXPECT_EQ(Tcp().Do({.path = "/nothing"}, {})->status, 404);
}

TEST_F(HttpClientTest, GivesUpAfterItsTimeout) {
  const auto response = Tcp().Do({.path = "/hang", .timeout = milliseconds(50)}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST_F(HttpClientTest, AStopRequestCutsItAtOnce) {
  std::stop_source stop;
  std::jthread stopper([&] {
    hanging_.wait();
    stop.request_stop();
  });
  const SteadyTime begin = clock_.Steady();
  const auto response = Tcp().Do({.path = "/hang", .timeout = milliseconds(0)}, stop.get_token());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kCancelled);
  EXPECT_LT(clock_.Steady() - begin, seconds(20));
  EXPECT_EQ(Tcp().Do({.path = "/echo"}, stop.get_token()).error().code(), ErrorCode::kCancelled);
}

TEST_F(HttpClientTest, SomeAreUnderWayAtTheSameTimeAndNoMore) {
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 9; ++i) requests.push_back({.path = fmt::format("/together?n={}", i)});
  requests.push_back({.path = "/nothing"});
  const auto responses = Tcp().DoAll(requests, 3, {});
  ASSERT_EQ(responses.size(), 10U);
  for (size_t i = 0; i < 9; ++i) EXPECT_EQ(responses[i]->body, std::to_string(i));
  EXPECT_EQ(responses[9]->status, 404);
  EXPECT_EQ(most_, 3);
  EXPECT_TRUE(Tcp().DoAll({}, 3, {}).empty());
}

TEST_F(HttpClientTest, AStopRequestCutsAllOfThem) {
  std::stop_source stop;
  std::jthread stopper([&] {
    hanging_.wait();
    stop.request_stop();
  });
  const HttpRequest hang{.path = "/hang", .timeout = milliseconds(0)};
  const auto responses =
      Tcp().DoAll({{.path = "/echo"}, hang, {.path = "/echo"}}, 1, stop.get_token());
  EXPECT_EQ(responses[0]->status, 200);
  EXPECT_EQ(responses[1].error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(responses[2].error().code(), ErrorCode::kCancelled);
}

TEST_F(HttpClientTest, NobodyThereIsUnavailable) {
  HttpClient client({.unix_socket = folder_ / "none.sock", .base_url = "http://localhost"});
  const auto response = client.Do({.path = "/"}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().ToString(), HasSubstr("none.sock"));
}

TEST_F(HttpClientTest, StreamsInPartsAndEndsWhenAsked) {
  HttpClient client = Tcp();
  size_t size = 0;
  const auto all = client.Stream({.path = "/big"},
                                 [&](std::string_view part) {
                                   size += part.size();
                                   return true;
                                 },
                                 {});
  EXPECT_EQ(all->status, 200);
  EXPECT_EQ(size, 1u << 20);
  EXPECT_EQ(all->body, "");
  size_t parts = 0;
  EXPECT_TRUE(client.Stream({.path = "/big"}, [&](std::string_view) { return ++parts < 2; }, {}));
  EXPECT_EQ(parts, 2u);
  EXPECT_EQ(client.Do({.path = "/echo"}, {})->status, 200);
  const auto error = client.Stream({.path = "/nothing"}, [](std::string_view) { return true; }, {});
  EXPECT_EQ(error->status, 404);
  EXPECT_THAT(error->body, HasSubstr("/nothing"));
}

TEST_F(HttpClientTest, ManyThreadsShareOneClient) {
  HttpClient client = Tcp();
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string body = fmt::format("{}-{}", t, i);
          const auto response = client.Do({.method = "POST", .path = "/echo", .body = body}, {});
          if (response && response->body == "POST " + body) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 300);
}

TEST(HttpClientScripted, ReadsTrailers) {
  const ScriptedServer server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Etag\r\n\r\n"
      "2\r\nab\r\n0\r\nEtag: \"/config/ 1a\"\r\n\r\n",
      ScriptedServer::Then::kHold);
  const auto response = server.Client().Do({.path = "/"}, {});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->body, "ab");
  EXPECT_EQ(response->headers.at("etag"), "\"/config/ 1a\"");
}

TEST(HttpClientScripted, ABodyThatIsTooLargeIsAnError) {
  const ScriptedServer server("HTTP/1.1 200 OK\r\n\r\n" + std::string(10'000, 'x'),
                              ScriptedServer::Then::kClose);
  const auto response = server.Client(1000).Do({.path = "/"}, {});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().ToString(), HasSubstr("more than 1000 bytes"));
}

TEST(HttpClientScripted, ACutAnswerIsUnavailable) {
  for (const char* bytes :
       {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const ScriptedServer server(bytes, ScriptedServer::Then::kClose);
    const auto response = server.Client().Do({.path = "/"}, {});
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable) << bytes;
  }
}

TEST(HttpClientScripted, AnAnswerThatStallsRunsIntoTheTimeout) {
  const ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
                              ScriptedServer::Then::kHold);
  const auto response = server.Client().Do({.path = "/", .timeout = milliseconds(100)}, {});
  EXPECT_EQ(response.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(EscapeQuery, LeavesOnlyTheUnreserved) {
  EXPECT_EQ(EscapeQuery("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(EscapeQuery("{\"a b\":[1&2]}/\xc3\xa9"), "%7B%22a%20b%22%3A%5B1%262%5D%7D%2F%C3%A9");
}

}  // namespace
}  // namespace mooring::net
