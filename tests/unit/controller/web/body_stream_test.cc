// SPDX-License-Identifier: Apache-2.0
#include "controller/web/body_stream.h"

#include "tests/unit/controller/web/server_fixture.h"

namespace mooring::web {
namespace {

using ::testing::HasSubstr;

class BodyStreamTest : public ServerFixture {
 protected:
  /// The server may still be telling the stream's end: it stops before what hears of it is gone.
  ~BodyStreamTest() override { server_.reset(); }

  /// GET /stream answers with stream_.
  void StartWithStream(Limits limits = {}) {
    server_ = std::make_unique<HttpServer>(clock_, Log(), limits);
    AddRoute("GET", "/stream", [this](const Request&) {
      return Response{.content_type = "text/plain", .stream = stream_};
    });
    AddRoute("GET", "/hello", [](const Request&) { return Response{.body = "hello"}; });
    ASSERT_TRUE(server_->Start({{.address = *ListenAddress::Parse("127.0.0.1:0")}}));
    port_ = server_->addresses().at(0).port;
  }
  testing::RawClient Reader() const {
    testing::RawClient client = Raw();
    client.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    return client;
  }
  bool AwaitEnded() {
    std::unique_lock lock(mutex_);
    return woken_.wait_for(lock, std::chrono::seconds(20), [&] { return stream_->ended(); });
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  std::shared_ptr<BodyStream> stream_ = std::make_shared<BodyStream>(
      [this] {
        std::scoped_lock lock(mutex_);
        woken_.notify_all();
      },
      1000);
};

TEST_F(BodyStreamTest, SendsWhatIsWrittenWhenItIsWritten) {
  StartWithStream();
  auto client = Reader();
  for (const char* text : {"first", "second", "third"}) {
    EXPECT_TRUE(stream_->Write(text));
    EXPECT_THAT(client.ReadUntil(text), HasSubstr(text));
  }
  stream_->End();
  EXPECT_FALSE(stream_->Write("late"));
  // The connection is fit for another request.
  client.ReadUntil("0\r\n\r\n");
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("hello"), HasSubstr("hello"));
}

TEST_F(BodyStreamTest, AReaderThatFallsBehindIsCut) {
  StartWithStream({.send_timeout = std::chrono::milliseconds(200)});
  const auto client = Reader();
  const SteadyTime patience = clock_.Steady() + std::chrono::seconds(20);
  const std::string block(100'000, 'x');
  while (!stream_->ended() && clock_.Steady() < patience) {
    if (stream_->HasRoom()) stream_->Write(block);
  }
  EXPECT_TRUE(stream_->ended());
  EXPECT_TRUE(Responsive());
}

TEST_F(BodyStreamTest, AQuietStreamIsNotCut) {
  StartWithStream(Impatient(std::chrono::milliseconds(100)));
  auto client = Reader();
  stream_->Write("begin");
  client.ReadUntil("begin");
  // The clients below are served, and cut for their silence, long after the stream's limits.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Raw().ReadAll(), "");
  EXPECT_TRUE(stream_->Write("still here"));
  EXPECT_THAT(client.ReadUntil("still here"), HasSubstr("still here"));
}

TEST_F(BodyStreamTest, AClientThatLeavesEndsItWithTheNextWrite) {
  StartWithStream();
  {
    Reader().ReadUntil("200 OK");
  }
  const SteadyTime patience = clock_.Steady() + std::chrono::seconds(20);
  while (stream_->Write("x") && clock_.Steady() < patience) {
  }
  EXPECT_TRUE(stream_->ended());
}

TEST_F(BodyStreamTest, HeadOfAStreamEndsIt) {
  StartWithStream();
  EXPECT_EQ(OverTcp().Do({.method = "HEAD", .path = "/stream"}, {})->status, 200);
  EXPECT_TRUE(AwaitEnded());
}

}  // namespace
}  // namespace mooring::web
