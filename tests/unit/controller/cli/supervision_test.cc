// SPDX-License-Identifier: Apache-2.0
// The notify protocol over a real datagram socket, and when what is sent.
#include "controller/cli/supervision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <thread>

#include "controller/base/guarded.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What systemd holds at the other end.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// The next datagram, or "nothing came".
  std::string Receive() const { return Take(0); }
  bool IsEmpty() const { return Take(MSG_DONTWAIT) == "nothing came"; }

 private:
  std::string Take(int flags) const {
    char buffer[4096];
    const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), flags);
    return got < 0 ? "nothing came" : std::string(buffer, static_cast<size_t>(got));
  }
  const int fd_;
};

/// Supervision on its own thread, as the daemon's main thread.
class SupervisionTest : public ::testing::Test {
 protected:
  void Start(Duration watchdog) {
    supervision_.emplace(
        ServiceManager(dir_.File("notify"), watchdog), reload_,
        Supervision::Callbacks{
            .reload = [this] { ++reloads_; },
            .status = [this] { return status_.With([](const auto& text) { return text; }); },
            .stuck = [this] { return stuck_.With([](const auto& what) { return what; }); }},
        clock_, Log());
    thread_ = std::jthread([this](std::stop_token stop) { supervision_->Run(stop); });
  }
  void Tick(Duration time) {
    clock_.AwaitWaiters(1);
    clock_.Advance(time);
    clock_.AwaitWaiters(1);
  }

  TempDir dir_;
  NotifySocket socket_{dir_.File("notify")};
  testing::FakeClock clock_;
  ReloadRequest reload_;
  std::atomic<int> reloads_ = 0;
  Guarded<std::string> status_{"following main@4b1c9e2, 12 resources, 11 ready"};
  Guarded<std::optional<std::string>> stuck_;
  std::optional<Supervision> supervision_;
  std::jthread thread_;
};

TEST_F(SupervisionTest, TellsThatItIsReadyWhatItDoesAndThatItStops) {
  Start(Duration(0));
  EXPECT_EQ(socket_.Receive(), "READY=1");
  EXPECT_EQ(socket_.Receive(), "STATUS=following main@4b1c9e2, 12 resources, 11 ready");
  Tick(5s);
  EXPECT_TRUE(socket_.IsEmpty());  // nothing new, and no watchdog
  status_.With([](auto& text) { text = "following main@0d9f6a8, 12 resources, 12 ready"; });
  Tick(5s);
  EXPECT_EQ(socket_.Receive(), "STATUS=following main@0d9f6a8, 12 resources, 12 ready");
  thread_.request_stop();
  EXPECT_THAT(socket_.Receive(), StartsWith("STOPPING=1\n"));
}

TEST_F(SupervisionTest, FeedsTheWatchdogTwiceAPeriodWhileNothingIsStuck) {
  Start(4s);
  socket_.Receive();
  socket_.Receive();
  EXPECT_EQ(socket_.Receive(), "WATCHDOG=1");
  Tick(2s);
  EXPECT_EQ(socket_.Receive(), "WATCHDOG=1");
  stuck_.With([](auto& what) { what = "App/default/web has not gone on for 41m"; });
  Tick(2s);
  Tick(2s);
  EXPECT_TRUE(socket_.IsEmpty());
  stuck_.With([](auto& what) { what.reset(); });
  Tick(2s);
  EXPECT_EQ(socket_.Receive(), "WATCHDOG=1");
}

TEST_F(SupervisionTest, TellsOfAReloadAndThatItIsOver) {
  Start(Duration(0));
  socket_.Receive();
  socket_.Receive();
  clock_.AwaitWaiters(1);
  reload_.Raise();
  EXPECT_THAT(socket_.Receive(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(socket_.Receive(), "READY=1");
  EXPECT_EQ(reloads_, 1);
}

TEST_F(SupervisionTest, ARequestFromBeforeTheStartIsNotLost) {
  reload_.Raise();
  Start(Duration(0));
  socket_.Receive();
  socket_.Receive();
  EXPECT_THAT(socket_.Receive(), StartsWith("RELOADING=1\n"));
}

TEST(ServiceManager, SpeaksToAnAbstractSocket) {
  const std::string name = fmt::format("@mooring-test-{}", ::getpid());
  const NotifySocket socket(name);
  EXPECT_TRUE(ServiceManager(name, Duration(0)).Notify("READY=1").has_value());
  EXPECT_EQ(socket.Receive(), "READY=1");
}

TEST(ServiceManager, WhereNobodyListensNothingIsDone) {
  EXPECT_TRUE(ServiceManager("", Duration(0)).Notify("READY=1").has_value());
}

TEST(ServiceManager, AManagerThatIsGoneIsAnErrorThatNamesTheSocket) {
  const TempDir dir;
  const Status told = ServiceManager(dir.File("none"), Duration(0)).Notify("READY=1");
  ASSERT_FALSE(told.has_value());
  EXPECT_THAT(told.error().ToString(), HasSubstr(dir.File("none")));
  const std::string long_name(200, 'x');
  EXPECT_FALSE(ServiceManager("/" + long_name, Duration(0)).Notify("READY=1").has_value());
}

}  // namespace
}  // namespace mooring::cli
