// SPDX-License-Identifier: Apache-2.0
// Clients that no library would be. After each of them the server still answers the next one.
#include "tests/unit/controller/web/server_fixture.h"

namespace mooring::web {
namespace {

using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RawClient;
using ::testing::StartsWith;

class HostileClient : public ServerFixture {
 protected:
  void TearDown() override { EXPECT_TRUE(Responsive()); }
};

TEST_F(HostileClient, SlowHeadersAreCut) {
  Start(Impatient(milliseconds(200)));
  RawClient client = Raw();
  const SteadyTime begin = clock_.Steady();
  // A byte every few milliseconds keeps any idle timer fresh; only a deadline ends this.
  std::jthread drip([&](std::stop_token stop) {
    client.Send("GET /hello HTTP/1.1\r\nX-Slow: ");
    while (client.Send("a") && SleepFor(clock_, milliseconds(10), stop)) {
    }
  });
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_LT(clock_.Steady() - begin, std::chrono::seconds(8));
}

TEST_F(HostileClient, ASlowBodyIsCut) {
  Start(Impatient(milliseconds(200)));
  RawClient client = Raw();
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(HostileClient, SilenceAndIdlenessAreCut) {
  Start(Impatient(milliseconds(200)));
  RawClient silent = Raw();
  RawClient idle = Raw();
  idle.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(idle.ReadAll(), HasSubstr("hello"));
  EXPECT_EQ(silent.ReadAll(), "");
}

TEST_F(HostileClient, AReaderThatDoesNotReadIsCut) {
  Start({.send_timeout = milliseconds(200)});
  RawClient client = Raw();
  client.Send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  // The server gives up while the answer is stuck; AwaitQuiet in Stop would wait for it otherwise.
  const SteadyTime begin = clock_.Steady();
  ASSERT_TRUE(Responsive());
  server_->Stop(clock_.Steady() + std::chrono::seconds(30));
  EXPECT_LT(clock_.Steady() - begin, std::chrono::seconds(20));
  Start();
}

TEST_F(HostileClient, HugeHeadersAreRefused) {
  Start();
  RawClient client = Raw();
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\nX-Huge: " + std::string(1u << 20, 'a') +
              "\r\n\r\n");
  EXPECT_THAT(client.ReadAll(),
              AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4"), StartsWith("HTTP/1.0 4")));
  RawClient line = Raw();
  line.Send("GET /" + std::string(1u << 20, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(line.ReadAll(), AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4"), StartsWith("HTTP/1.0 4")));
}

TEST_F(HostileClient, EndlessHeadersAreRefused) {
  Start();
  RawClient client = Raw();
  client.Send("GET /hello HTTP/1.1\r\n");
  int lines = 0;
  while (client.Send(fmt::format("X-{}: {}\r\n", lines, lines)) && ++lines < 1'000'000) {
  }
  EXPECT_LT(lines, 1'000'000);
}

TEST_F(HostileClient, AHugeBodyIsRefusedBeforeItIsRead) {
  Start();
  RawClient client = Raw();
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\n\r\n");
  const std::string answer = client.ReadUntil("\"detail\"");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
}

TEST_F(HostileClient, AChunkedBodyIsCountedAsItComes) {
  Start({.max_body = 100'000});
  RawClient client = Raw();
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.Send("1000\r\n" + std::string(0x1000, 'x') + "\r\n");
  client.Send("0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HostileClient, ABodyWithoutEndIsCut) {
  Start({.max_body = 100'000});
  RawClient client = Raw();
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  int sent = 0;
  while (client.Send(chunk) && ++sent < 16'384) {
  }
  EXPECT_LT(sent, 16'384) << "a gigabyte was taken";
}

TEST_F(HostileClient, ACrowdThatReadsNothingDoesNotLockOthersOut) {
  Start({.max_connections = 32, .max_queued = 128});
  std::vector<RawClient> crowd;
  for (int i = 0; i < 64; ++i) {
    crowd.push_back(Raw());
    crowd.back().Send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_TRUE(Responsive());
}

TEST_F(HostileClient, ACrowdAtOneListenerLeavesTheOtherAlone) {
  Start({.max_connections = 16});
  RawClient kept = RawClient::Unix(unix_path_);
  std::vector<RawClient> crowd;
  for (int i = 0; i < 64; ++i) crowd.push_back(Raw());
  EXPECT_TRUE(Responsive());
  kept.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(kept.ReadUntil("hello"), HasSubstr(" 200 "));
}

TEST_F(HostileClient, NonsenseIsRefused) {
  Start(Impatient(milliseconds(300)));
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\n\r\n"), std::string("GET\r\n\r\n"), std::string(4096, '\0'),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
        std::string("GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
        std::string("GET hello HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("GET /hello/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\n\r\n"),
        std::string("GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    RawClient client = Raw();
    client.Send(bytes);
    client.HalfClose();
    EXPECT_THAT(client.ReadAll(), ::testing::Not(HasSubstr(" 200 "))) << bytes.substr(0, 40);
  }
}

TEST_F(HostileClient, BadContentLengthsAreRefused) {
  Start(Impatient(milliseconds(300)));
  for (const char* length : {"-1", "abc", "12abc", "99999999999999999999999999", "0x10", "1, 2"}) {
    RawClient client = Raw();
    client.Send(
        fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\nxx", length));
    client.HalfClose();
    EXPECT_THAT(client.ReadAll(), ::testing::Not(HasSubstr(" 200 "))) << length;
  }
}

TEST_F(HostileClient, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  RawClient client = Raw();
  std::string all;
  for (int i = 0; i < 20; ++i) {
    const std::string body = std::to_string(1000 + i);
    all += fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                       body.size(), body);
  }
  all += "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  client.Send(all);
  const std::string answers = client.ReadAll();
  size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    at = answers.find("\r\n\r\n" + std::to_string(1000 + i), at);
    ASSERT_NE(at, std::string::npos) << "answer " << i << " is missing or out of order";
  }
  EXPECT_NE(answers.find("hello", at), std::string::npos);
}

TEST_F(HostileClient, AHalfClosedClientGetsItsAnswer) {
  Start();
  RawClient client = Raw();
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.HalfClose();
  EXPECT_THAT(client.ReadAll(), HasSubstr("hello"));
}

TEST_F(HostileClient, AClientThatLeavesCostsNothing) {
  Start();
  for (int i = 0; i < 50; ++i) {
    RawClient gone = Raw();
    gone.Send(i % 2 == 0 ? "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
                         : "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
  }
}

TEST_F(HostileClient, MoreConnectionsThanAllowedDoNotLockOthersOut) {
  Start({.max_connections = 32, .idle_timeout = std::chrono::seconds(60)});
  std::vector<RawClient> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(Raw());
    ASSERT_TRUE(crowd.back().connected());
    crowd.back().Send("GET /hello HTTP/1.1\r\nX-Half: ");
  }
  EXPECT_TRUE(Responsive());
}

}  // namespace
}  // namespace mooring::web
