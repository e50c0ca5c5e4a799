// SPDX-License-Identifier: Apache-2.0
// The daemon dies, and while it is away its store is lost, damaged, or made by a newer version:
// what runs is adopted as it is.
#include <filesystem>
#include <fstream>

#include "controller/kv/key_value_store.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

constexpr int kApps = 3;

class Adoption : public EndToEnd {
 protected:
  static std::string AppName(int number) { return fmt::format("app{}", number); }

  /// Some Apps with Sites, one of which waits for another; converged, and the daemon is dead.
  void RunAndDie() {
    for (int i = 0; i < kApps; ++i) {
      world_->Write("apps/" + AppName(i) + ".yaml", world_->App(AppName(i)));
      world_->Write("sites/" + AppName(i) + ".yaml", world_->Site(AppName(i)));
    }
    world_->Commit("Add Apps");
    world_->StartDaemon();
    ASSERT_TRUE(Converged()) << world_->Story();
    for (int i = 0; i < kApps; ++i) EXPECT_EQ(Told(i, "Adopted"), 0);
    // A second life: what the log of the store had is in its tables now.
    ASSERT_TRUE(world_->StopDaemon());
    world_->StartDaemon();
    ASSERT_TRUE(Converged());
    world_->KillDaemon();
    before_ = Running();
    loads_ = world_->caddy.Writes();
  }
  bool Converged() {
    return Eventually(kRollout, [&] {
      for (int i = 0; i < kApps; ++i) {
        if (!world_->HasConverged("App", AppName(i))) return false;
        if (!world_->HasConverged("Site", AppName(i))) return false;
      }
      return true;
    });
  }
  int Told(int app, const char* reason) const {
    return world_->Events("App", AppName(app), reason);
  }
  /// What a restart would change, of each container.
  std::vector<std::string> Running() {
    std::vector<std::string> running;
    for (const std::string& name : world_->Containers()) {
      const Json container = world_->engine.Inspect(name);
      running.push_back(fmt::format("{} {} {} {}", name, container["Id"].get<std::string>(),
                                    container["State"]["StartedAt"].get<std::string>(),
                                    container["RestartCount"].get<int>()));
    }
    return running;
  }
  /// The next daemon writes nothing to the host, knows everything again, and says how it came to.
  void ExpectAdopted() {
    world_->StartDaemon();
    ASSERT_TRUE(Converged()) << world_->Story();
    EXPECT_EQ(Running(), before_);
    EXPECT_EQ(world_->EngineWrites(), 0);
    EXPECT_EQ(world_->caddy.Writes(), loads_);
    for (int i = 0; i < kApps; ++i) {
      EXPECT_EQ(Told(i, "Adopted"), 1);
      EXPECT_EQ(Told(i, "Created"), 0);
      EXPECT_EQ(world_->Get("App", AppName(i))["status"]["inventory"].size(), 2U);
      EXPECT_EQ(world_->Events("Site", AppName(i), "Adopted"), 1);
    }
    ASSERT_TRUE(world_->StopDaemon());
    world_->StartDaemon();
    ASSERT_TRUE(Converged());
    for (int i = 0; i < kApps; ++i) EXPECT_EQ(Told(i, "Adopted"), 1) << "told again";
    EXPECT_EQ(Running(), before_);
  }
  /// Stores that were moved aside, by what was said to be wrong with them.
  int Aside(const std::string& what) const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(world_->File("store")).parent_path())) {
      count += entry.path().filename().string().starts_with("store." + what + "-") ? 1 : 0;
    }
    return count;
  }

  std::vector<std::string> before_;
  int loads_ = 0;
};

TEST_F(Adoption, AStoreThatIsGoneIsBegunAnew) {
  ASSERT_NO_FATAL_FAILURE(RunAndDie());
  std::filesystem::remove_all(world_->File("store"));
  ASSERT_NO_FATAL_FAILURE(ExpectAdopted());
  EXPECT_EQ(world_->Events("Host", world_->ns, "Adopted"), 0);
}

TEST_F(Adoption, ADamagedStoreMakesWay) {
  ASSERT_NO_FATAL_FAILURE(RunAndDie());
  int damaged = 0;
  for (const auto& file : std::filesystem::directory_iterator(world_->File("store"))) {
    const bool table = file.path().extension() == ".sst";
    if (!table && !file.path().filename().string().starts_with("MANIFEST")) continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(file.file_size() / 3));
    bytes << std::string(16, '#');
    ++damaged;
  }
  ASSERT_GE(damaged, 2);
  ASSERT_NO_FATAL_FAILURE(ExpectAdopted());
  EXPECT_EQ(Aside("damaged"), 1);
  EXPECT_EQ(world_->Events("Host", world_->ns, "Adopted"), 1);
  EXPECT_NE(world_->Log().find("is damaged"), std::string::npos);
}

TEST_F(Adoption, AStoreOfANewerVersionMakesWay) {
  ASSERT_NO_FATAL_FAILURE(RunAndDie());
  {
    const auto store = kv::KeyValueStore::Open(world_->File("store"));
    ASSERT_TRUE(store) << store.error().ToString();
    ASSERT_TRUE((*store)->Put("m schema", "99", kv::Sync::kYes));
  }
  ASSERT_NO_FATAL_FAILURE(ExpectAdopted());
  EXPECT_EQ(Aside("newer"), 1);
  EXPECT_EQ(world_->Events("Host", world_->ns, "Adopted"), 1);
}

}  // namespace
}  // namespace mooring::test
