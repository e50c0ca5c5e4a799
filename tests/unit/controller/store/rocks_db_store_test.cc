// SPDX-License-Identifier: Apache-2.0
#include "controller/store/rocks_db_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "controller/kv/key_value_store.h"
#include "controller/store/keys.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Always 2026-03-01T14:03:41Z; nothing here waits.
class FixedClock final : public Clock {
 public:
  Time Now() const override { return Time(std::chrono::seconds(1'772'373'821)); }
  SteadyTime Steady() const override { return {}; }
  bool WaitUntil(std::unique_lock<std::mutex>&, std::condition_variable_any&, SteadyTime,
                 std::stop_token, const std::function<bool()>& ready) override {
    return ready();
  }
};

constexpr char kTime[] = "20260301T140341Z";

ResourceStatus MakeStatus(const std::string& name) {
  ResourceStatus status;
  status.key = {"App", "default", name};
  return status;
}

class RocksDbStoreTest : public testing::Test {
 protected:
  std::string path() const { return dir_.File("store"); }

  std::unique_ptr<RocksDbStore> Open() {
    auto opened = RocksDbStore::Open(path(), clock_);
    EXPECT_TRUE(opened) << opened.error().ToString();
    return *std::move(opened);
  }

  void PutRaw(const std::string& key, const std::string& value) {
    auto kv = kv::KeyValueStore::Open(path());
    ASSERT_TRUE(kv) << kv.error().ToString();
    ASSERT_TRUE((*kv)->Put(key, value));
  }

  std::vector<std::string> Folders() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TempDir dir_;
  FixedClock clock_;
};

TEST_F(RocksDbStoreTest, HasNothingToSayOfAGoodStore) {
  EXPECT_EQ(Open()->note(), "");
  EXPECT_EQ(Open()->note(), "");
  EXPECT_THAT(Folders(), ElementsAre("store"));
}

TEST_F(RocksDbStoreTest, MovesANewerStoreAside) {
  ASSERT_TRUE(Open()->PutStatus(MakeStatus("shop"), Store::Durability::kSynced));
  PutRaw(store_keys::kSchema, "7");
  const auto store = Open();
  EXPECT_THAT(store->note(), HasSubstr("was written by a newer mooring: its schema is 7, this one "
                                       "reads 1; it was moved to " +
                                       path() + ".newer-" + kTime));
  EXPECT_THAT(store->ListStatus().value(), IsEmpty());
  EXPECT_THAT(Folders(), ElementsAre("store", std::string("store.newer-") + kTime));
}

TEST_F(RocksDbStoreTest, MovesADamagedStoreAside) {
  {
    const auto store = Open();
    for (int i = 0; i < 300; ++i) {
      ResourceStatus status = MakeStatus("app-" + std::to_string(i));
      status.details["text"] = std::string(10'000, 'x');
      ASSERT_TRUE(store->PutStatus(status, Store::Durability::kBuffered));
    }
  }
  for (const auto& file : std::filesystem::directory_iterator(path())) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(5'000);
    bytes << std::string(2'000, '#');
  }
  const auto store = Open();
  EXPECT_THAT(store->note(), HasSubstr("is damaged: read from the store " + path()));
  EXPECT_THAT(store->note(), HasSubstr(path() + ".damaged-" + kTime));
  EXPECT_THAT(store->ListStatus().value(), IsEmpty());
  EXPECT_TRUE(store->PutStatus(MakeStatus("shop"), Store::Durability::kSynced));
}

TEST_F(RocksDbStoreTest, MovesAsideAStoreWhoseListOfFilesIsDamaged) {
  ASSERT_TRUE(Open()->PutStatus(MakeStatus("shop"), Store::Durability::kSynced));
  ASSERT_THAT(Open()->ListStatus().value(), SizeIs(1));  // from here on it is in a table
  for (const auto& file : std::filesystem::directory_iterator(path())) {
    if (!file.path().filename().string().starts_with("MANIFEST")) continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(file.file_size() / 3));
    bytes << std::string(16, '#');
  }
  EXPECT_THAT(Open()->note(), HasSubstr("is damaged"));
  EXPECT_THAT(Folders(), ElementsAre("store", std::string("store.damaged-") + kTime));
}

TEST_F(RocksDbStoreTest, MovesAsideWhatIsNoStoreOfOurs) {
  PutRaw("foreign", "1");
  EXPECT_THAT(Open()->note(), HasSubstr("it names no schema version"));
  PutRaw(store_keys::kSchema, "one");
  EXPECT_THAT(Open()->note(), HasSubstr("it has no valid schema version"));
  // Both in the same second.
  EXPECT_THAT(Folders(), ElementsAre("store", std::string("store.damaged-") + kTime,
                                     std::string("store.damaged-") + kTime + "-2"));
}

TEST_F(RocksDbStoreTest, LeavesAStoreInUseWhereItIs) {
  const auto store = Open();
  const auto second = RocksDbStore::Open(path(), clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(Folders(), ElementsAre("store"));
}

TEST_F(RocksDbStoreTest, ReportsAStatusThatCannotBeRead) {
  Open();
  PutRaw(store_keys::StatusKey({"App", "default", "shop"}), "{not JSON");
  const auto store = Open();
  EXPECT_EQ(store->GetStatus({"App", "default", "shop"}).error().code(), ErrorCode::kDataLoss);
  EXPECT_EQ(store->ListStatus().error().code(), ErrorCode::kDataLoss);
}

/// Starts a process that writes until it is killed and tells `tell` the number of each finished
/// write. Not a fork of this one: that could do nothing where a store has had threads.
pid_t StartWriter(const std::string& path, int tell) {
  std::string program = MOORING_BINARY_DIR "/bin/store_writer", store = path;
  char* const arguments[] = {program.data(), store.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, tell, STDOUT_FILENO);
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? child : -1;
}

TEST_F(RocksDbStoreTest, LosesNoFinishedWriteWhenItsProcessIsKilled) {
  for (int round = 0; round < 3; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    const pid_t child = StartWriter(path(), pipe_ends[1]);
    ASSERT_GT(child, 0);
    close(pipe_ends[1]);
    uint32_t last = 0;
    while (last < 200) ASSERT_EQ(read(pipe_ends[0], &last, sizeof last), ssize_t{sizeof last});
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (read(pipe_ends[0], &last, sizeof last) == ssize_t{sizeof last}) {
    }
    close(pipe_ends[0]);

    const auto store = Open();
    EXPECT_EQ(store->note(), "");
    const ResourceKey key{"App", "default", "app-" + std::to_string(last % 50)};
    EXPECT_GE(store->GetStatus(key).value()->source_line, static_cast<int>(last));
    EXPECT_THAT(store->ListStatus().value(), SizeIs(50));
    const auto events = store->ListEvents({.limit = 20'000}).value();
    EXPECT_GT(events.size(), last);
    EXPECT_EQ(events.back().sequence, events.size());
    ASSERT_TRUE(store->DropEventsBefore(Time::max()));
    std::filesystem::remove_all(path());
  }
}

}  // namespace
}  // namespace mooring
