// SPDX-License-Identifier: Apache-2.0
#include "controller/web/connections.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/support/clock/fake_clock.h"

namespace mooring::web {
namespace {

using std::chrono::seconds;

/// Both ends of a socket.
class Pair {
 public:
  Pair() { ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()); }
  ~Pair() {
    for (const int fd : ends_) ::close(fd);
  }
  int server_end() const { return ends_[0]; }
  bool cut() const {
    char byte = 0;
    return ::recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
  }
  /// Blocks until the other end is cut.
  void AwaitCut() const {
    char byte = 0;
    ASSERT_EQ(::recv(ends_[1], &byte, 1, 0), 0);
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class ConnectionsTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  Pair a_, b_, c_;
  Connections connections_{clock_,
                           {.max_open = 2,
                            .idle = seconds(30),
                            .header = seconds(10),
                            .body = seconds(20),
                            .send = seconds(60)}};
};

TEST_F(ConnectionsTest, CutsAClientThatDoesNotSendItsRequestInTime) {
  auto* a = connections_.Open(a_.server_end(), 0);
  clock_.Advance(seconds(29));
  auto* b = connections_.Open(b_.server_end(), 0);
  EXPECT_FALSE(a_.cut());
  clock_.Advance(seconds(1));
  a_.AwaitCut();
  EXPECT_FALSE(b_.cut());
  connections_.Close(a);
  connections_.Close(b);
  EXPECT_EQ(connections_.open(), 0u);
}

TEST_F(ConnectionsTest, EachPartOfARequestHasItsTime) {
  auto* a = connections_.Open(a_.server_end(), 0);
  auto* b = connections_.Open(b_.server_end(), 0);
  connections_.ReceivingHeader(a);
  connections_.ReceivingBody(b);
  clock_.Advance(seconds(10));
  a_.AwaitCut();
  EXPECT_FALSE(b_.cut());
  clock_.Advance(seconds(10));
  b_.AwaitCut();
  connections_.Close(a);
  connections_.Close(b);
}

TEST_F(ConnectionsTest, CutsForRoomAtTheSameListenerOnly) {
  auto* a = connections_.Open(a_.server_end(), 1);
  auto* b = connections_.Open(b_.server_end(), 2);
  clock_.Advance(seconds(1));
  auto* c = connections_.Open(c_.server_end(), 2);
  EXPECT_FALSE(a_.cut());
  EXPECT_FALSE(b_.cut());
  for (auto* connection : {a, b, c}) connections_.Close(connection);
}

TEST_F(ConnectionsTest, LeavesAloneWhatAHandlerWorksOn) {
  auto* a = connections_.Open(a_.server_end(), 0);
  connections_.Working(a);
  clock_.Advance(seconds(1000));
  EXPECT_FALSE(a_.cut());
  connections_.Sending(a);
  clock_.Advance(seconds(60));
  a_.AwaitCut();
}

TEST_F(ConnectionsTest, TheTimeStartsAnewAfterAnAnswer) {
  auto* a = connections_.Open(a_.server_end(), 0);
  clock_.Advance(seconds(29));
  connections_.Working(a);
  connections_.Sending(a);
  connections_.Idle(a);
  clock_.Advance(seconds(29));
  EXPECT_FALSE(a_.cut());
}

TEST_F(ConnectionsTest, AtTheLimitTheOneThatWaitsLongestGoes) {
  auto* a = connections_.Open(a_.server_end(), 0);
  clock_.Advance(seconds(1));
  connections_.Open(b_.server_end(), 0);
  connections_.Working(a);
  clock_.Advance(seconds(1));
  connections_.Open(c_.server_end(), 0);
  b_.AwaitCut();
  EXPECT_FALSE(a_.cut());
  EXPECT_FALSE(c_.cut());
}

TEST_F(ConnectionsTest, QuietMeansThatNobodyWaitsForUs) {
  auto* a = connections_.Open(a_.server_end(), 0);
  EXPECT_TRUE(connections_.AwaitQuiet(clock_.Steady()));
  connections_.Working(a);
  EXPECT_FALSE(connections_.AwaitQuiet(clock_.Steady()));
  std::jthread ends([&] { connections_.Close(a); });
  EXPECT_TRUE(connections_.AwaitQuiet(clock_.Steady() + seconds(10)));
}

}  // namespace
}  // namespace mooring::web
