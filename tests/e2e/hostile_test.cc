// SPDX-License-Identifier: Apache-2.0
// The daemon's HTTP side among clients that mean no good: it stays up, answers its supervisor, and
// does not grow.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/e2e/world.h"
#include "tests/support/http/raw_client.h"

namespace mooring::test {
namespace {

using mooring::testing::RawClient;
using SteadyClock = std::chrono::steady_clock;

class Hostile : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    // A thousand sockets are ours.
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    Json app = world_->App("shop");
    app["spec"]["suspend"] = true;  // nothing else is to happen meanwhile
    world_->Write("apps/shop.yaml", app);
    world_->Commit("Add shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] {
      return world_->Has("App", "shop", "Ready", "Suspended") &&
             world_->Api("/readyz").status == 200;
    }));
    for (int i = 0; i < 50; ++i) Healthy();
    memory_before_ = Memory();
  }

  RawClient Raw() const { return RawClient::Tcp(static_cast<uint16_t>(world_->daemon_port)); }
  static std::string Head(const std::string& line) { return line + " HTTP/1.1\r\nHost: x\r\n"; }

  /// One new client's look at /healthz; keeps the longest time that any took.
  bool Healthy() {
    const auto begin = SteadyClock::now();
    RawClient client = Raw();
    client.Send(Head("GET /healthz") + "Connection: close\r\n\r\n");
    const bool answered = client.ReadAll().find(" 200 ") != std::string::npos;
    slowest_ = std::max<std::chrono::nanoseconds>(slowest_, SteadyClock::now() - begin);
    return answered;
  }
  /// Runs `attack` on threads of its own until it ends, and asks for health all the time.
  void Under(int threads, const std::function<void()>& attack) {
    std::atomic<int> running = threads;
    std::vector<std::jthread> attackers;
    for (int i = 0; i < threads; ++i) {
      attackers.emplace_back([&] {
        attack();
        --running;
      });
    }
    do {
      ASSERT_TRUE(Healthy());
      most_memory_ = std::max(most_memory_, Memory());
    } while (running > 0);
  }
  /// Resident, in KiB.
  long Memory() const {
    std::ifstream status(fmt::format("/proc/{}/status", world_->DaemonPid()));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return 0;
  }
  void TearDown() override {
    if (world_ && memory_before_ > 0) {
      EXPECT_LT(slowest_, std::chrono::seconds(1));
      EXPECT_LT(std::max(most_memory_, Memory()) - memory_before_, 10 * 1024) << "KiB";
      RecordProperty("slowest_health_ms", static_cast<int>(slowest_ / 1ms));
      RecordProperty("memory_more_kib", static_cast<int>(most_memory_ - memory_before_));
      EXPECT_TRUE(
          Eventually(kSoon, [&] { return world_->Api("/api/v1/resources").status == 200; }));
    }
    EndToEnd::TearDown();
  }

  std::chrono::nanoseconds slowest_{0};
  long memory_before_ = 0;
  long most_memory_ = 0;
};

TEST_F(Hostile, AThousandIdleClients) {
  std::vector<RawClient> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(Raw());
    ASSERT_TRUE(crowd.back().connected()) << i;
    if (i % 50 == 0) {
      ASSERT_TRUE(Healthy()) << i;
    }
  }
  Under(1, [] {});
}

TEST_F(Hostile, SlowHeadersAndSlowBodies) {
  std::vector<RawClient> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(Raw());
    crowd.back().Send(i % 2 == 0 ? Head("GET /healthz") + "X-Slow: "
                                 : Head("POST /api/v1/plan") + "Content-Length: 1000000\r\n\r\n");
  }
  Under(1, [&] {
    for (int round = 0; round < 50; ++round) {
      for (RawClient& client : crowd) client.Send("a");
    }
  });
}

TEST_F(Hostile, ABodyOfAGigabyte) {
  const std::string token = ReadText(world_->File("cli-token"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  Under(4, [&] {
    RawClient client = Raw();
    client.Send(Head("POST /api/v1/reconcile") + "Authorization: Bearer " +
                token.substr(0, token.find('\n')) + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int sent = 0; sent < 16'384 && client.Send(chunk); ++sent) {
    }
  });
}

TEST_F(Hostile, GarbageOneAfterTheOther) {
  std::string pipeline;
  for (int i = 0; i < 200; ++i) {
    pipeline += Head(fmt::format("GET /{}?{}=%zz", i, i)) + "\r\n";
    pipeline += Head("BREW /metrics") + "Content-Length: 3\r\n\r\nabc";
  }
  pipeline += std::string("\0\x16\x03\x01\r\n\r\n", 8);
  Under(4, [&] {
    for (int i = 0; i < 20; ++i) {
      RawClient client = Raw();
      client.Send(pipeline);
      client.HalfClose();
      client.ReadAll();
    }
  });
}

TEST_F(Hostile, HugeHeaders) {
  const std::string huge = Head("GET /metrics") + "X: " + std::string(4u << 20, 'x') + "\r\n\r\n";
  Under(4, [&] {
    for (int i = 0; i < 50; ++i) {
      RawClient client = Raw();
      client.Send(huge);
      client.ReadAll();
    }
  });
}

TEST_F(Hostile, WrongTokensInBulk) {
  std::atomic<int> refused = 0;
  std::atomic<int> slowed = 0;
  Under(4, [&] {
    for (int i = 0; i < 250; ++i) {
      RawClient client = Raw();
      client.Send(Head("GET /api/v1/resources") + "Connection: close\r\n" +
                  fmt::format("Authorization: Bearer mrg_{:08x}_{:064x}\r\n\r\n", i, i));
      const std::string answer = client.ReadAll();
      refused += answer.starts_with("HTTP/1.1 401");
      slowed += answer.starts_with("HTTP/1.1 429");
    }
  });
  EXPECT_EQ(refused + slowed, 1000);
  EXPECT_GT(slowed, 500);
}

}  // namespace
}  // namespace mooring::test
