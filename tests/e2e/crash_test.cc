// SPDX-License-Identifier: Apache-2.0
// The daemon is killed at any moment, and stopped politely.
#include <fmt/format.h>

#include <random>
#include <thread>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

constexpr int kApps = 5;
constexpr int kKills = 6;       ///< of each phase
constexpr int kKillsAtEnd = 2;  ///< when the old containers are drained and removed

class Crash : public EndToEnd {
 protected:
  static std::string AppName(int number) { return fmt::format("app{}", number); }
  void CommitAll(const std::string& version) {
    for (int i = 0; i < kApps; ++i) {
      world_->Write("apps/" + AppName(i) + ".yaml", world_->App(AppName(i), version));
      world_->Write("sites/" + AppName(i) + ".yaml", world_->Site(AppName(i)));
    }
    world_->Commit("Version " + version);
  }
  bool AllConverged(std::chrono::seconds patience) {
    return Eventually(patience, [&] {
      for (int i = 0; i < kApps; ++i) {
        if (!world_->HasConverged("App", AppName(i))) return false;
        if (!world_->HasConverged("Site", AppName(i))) return false;
      }
      return world_->Containers().size() == kApps;
    });
  }
  /// Starts the daemon and kills it a random moment later, between the two.
  void RunAndDie(std::mt19937& random, int from_ms, int to_ms) {
    world_->StartDaemon();
    std::this_thread::sleep_for(std::uniform_int_distribution(from_ms, to_ms)(random) * 1ms);
    world_->KillDaemon();
  }
  /// One container, network and name for each App, nothing else, and all of them answer.
  void ExpectWhole(const std::string& version) {
    std::vector<std::string> containers, networks;
    for (int i = 0; i < kApps; ++i) {
      containers.push_back(world_->Container(AppName(i)));
      networks.push_back(world_->ns + "_" + AppName(i));
      EXPECT_EQ(world_->hosts.Addresses("web." + AppName(i)),
                std::vector{world_->engine.AddressOf(world_->Container(AppName(i)))});
      EXPECT_TRUE(
          Eventually(kSoon, [&] { return world_->Serves(AppName(i), "version " + version); }));
    }
    EXPECT_EQ(world_->Containers(), containers);
    EXPECT_EQ(world_->engine.Networks(world_->OwnLabel()), networks);
    EXPECT_EQ(world_->hosts.Lines().size(), static_cast<size_t>(kApps));
  }
};

TEST_F(Crash, KilledAgainAndAgainItConverges) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  CommitAll("1.0.0");
  for (int kill = 0; kill < kKills; ++kill) RunAndDie(random, 0, 900);
  world_->StartDaemon();
  ASSERT_TRUE(AllConverged(kRollout));
  ExpectWhole("1.0.0");

  CommitAll("2.0.0");
  world_->KillDaemon();
  for (int kill = 0; kill < kKills; ++kill) RunAndDie(random, 0, 900);
  for (int kill = 0; kill < kKillsAtEnd; ++kill) RunAndDie(random, 6'500, 8'000);
  world_->StartDaemon();
  ASSERT_TRUE(AllConverged(kRollout));
  ExpectWhole("2.0.0");
}

TEST_F(Crash, ASecondDaemonOnTheSameStoreIsRefused) {
  CommitAll("1.0.0");
  world_->StartDaemon();
  const CommandResult second = world_->Mooring({"run"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find(world_->File("store")), std::string::npos) << second.err;
  EXPECT_TRUE(world_->DaemonRuns());
  EXPECT_TRUE(AllConverged(kRollout));
}

TEST_F(Crash, ItStopsInTimeInTheMiddleOfARolloutAndLeavesEverythingRunning) {
  CommitAll("1.0.0");
  world_->StartDaemon();
  ASSERT_TRUE(AllConverged(kRollout));
  CommitAll("2.0.0");
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world_->Containers().size() > static_cast<size_t>(kApps); }));
  EXPECT_TRUE(world_->StopDaemon(10s));
  for (int i = 0; i < kApps; ++i) {
    EXPECT_TRUE(world_->Serves(AppName(i), "hello from version")) << AppName(i);
  }
}

}  // namespace
}  // namespace mooring::test
