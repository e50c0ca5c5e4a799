// SPDX-License-Identifier: Apache-2.0
#include "controller/kv/key_value_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::kv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KeyValueStoreTest : public testing::Test {
 protected:
  KeyValueStoreTest() { Open(); }

  void Open() {
    store_.reset();
    auto opened = KeyValueStore::Open(dir_.File("kv"));
    ASSERT_TRUE(opened) << opened.error().ToString();
    store_ = *std::move(opened);
  }

  std::vector<std::string> Keys(const KeyRange& range, Order order = Order::kAscending,
                                size_t limit = 1000) {
    std::vector<std::string> keys;
    const Status scanned = store_->Scan(range, order, [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return keys.size() < limit;
    });
    EXPECT_TRUE(scanned) << scanned.error().ToString();
    return keys;
  }

  /// The first file of the closed store whose name ends so.
  std::string FindFile(const std::string& ending) {
    for (const auto& file : std::filesystem::directory_iterator(dir_.File("kv"))) {
      if (file.path().string().ends_with(ending)) return file.path().string();
    }
    ADD_FAILURE() << "no file *" << ending;
    return "";
  }

  TempDir dir_;
  std::unique_ptr<KeyValueStore> store_;
};

TEST_F(KeyValueStoreTest, MakesItsDirectoryForItsOwnerAlone) {
  struct stat info = {};
  ASSERT_EQ(stat(dir_.File("kv").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(KeyValueStoreTest, PutsGetsAndDeletes) {
  EXPECT_EQ(store_->Get("a").value(), std::nullopt);
  const std::string value("with\0zero", 9);
  ASSERT_TRUE(store_->Put("a", value));
  EXPECT_EQ(store_->Get("a").value(), value);
  ASSERT_TRUE(store_->Put("a", "", Sync::kYes));
  EXPECT_EQ(store_->Get("a").value(), "");
  ASSERT_TRUE(store_->Delete("a"));
  ASSERT_TRUE(store_->Delete("never there", Sync::kYes));
  EXPECT_EQ(store_->Get("a").value(), std::nullopt);
}

TEST_F(KeyValueStoreTest, AppliesABatchInOrder) {
  ASSERT_TRUE(store_->Put("old", "1"));
  WriteBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.Put("a", "1");
  batch.Put("a", "2");
  batch.Delete("old");
  ASSERT_TRUE(store_->Write(batch));
  EXPECT_EQ(store_->Get("a").value(), "2");
  EXPECT_THAT(Keys({}), ElementsAre("a"));
}

TEST_F(KeyValueStoreTest, ScansRangesBothWays) {
  for (const char* key : {"a", "b", "b\xff", "ba", "c"}) ASSERT_TRUE(store_->Put(key, "v"));
  EXPECT_THAT(Keys(KeyRange::WithPrefix("b")), ElementsAre("b", "ba", "b\xff"));
  EXPECT_THAT(Keys(KeyRange::WithPrefix("b"), Order::kDescending), ElementsAre("b\xff", "ba", "b"));
  EXPECT_THAT(Keys(KeyRange::WithPrefix("b"), Order::kDescending, 1), ElementsAre("b\xff"));
  EXPECT_THAT(Keys({"b", "c"}), ElementsAre("b", "ba", "b\xff"));
  EXPECT_THAT(Keys({"ba", ""}), ElementsAre("ba", "b\xff", "c"));
  EXPECT_THAT(Keys({"", "b"}), ElementsAre("a"));
  EXPECT_THAT(Keys({"x", "y"}), IsEmpty());
}

TEST(KeyRange, EndsAPrefixOfLastBytesNowhere) {
  EXPECT_EQ(KeyRange::WithPrefix("ab").end, "ac");
  EXPECT_EQ(KeyRange::WithPrefix("a\xff").end, "b");
  EXPECT_EQ(KeyRange::WithPrefix("\xff").end, "");
}

TEST_F(KeyValueStoreTest, KeepsWhatWasWritten) {
  ASSERT_TRUE(store_->Put("a", "1"));
  // More than the write buffer: flushes to files.
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(store_->Put("bulk " + std::to_string(i), std::string(10'000, 'x')));
  }
  Open();
  EXPECT_EQ(store_->Get("a").value(), "1");
  EXPECT_EQ(store_->Get("bulk 399").value()->size(), 10'000u);
}

TEST_F(KeyValueStoreTest, IsOpenOnceAtATime) {
  const auto second = KeyValueStore::Open(dir_.File("kv"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().ToString(), HasSubstr("another mooring runs on this store: "));
  store_.reset();
  EXPECT_TRUE(KeyValueStore::Open(dir_.File("kv")));
}

TEST_F(KeyValueStoreTest, ReportsDamageAsDataLoss) {
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(store_->Put("bulk " + std::to_string(i), std::string(10'000, 'x')));
  }
  store_.reset();
  const std::string table = FindFile(".sst");
  std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5'000);
  file << std::string(2'000, '#');
  file.close();
  Open();
  const Status scanned =
      store_->Scan({}, Order::kAscending, [](std::string_view, std::string_view) { return true; });
  ASSERT_FALSE(scanned);
  EXPECT_EQ(ErrorCodeName(scanned.error().code()), ErrorCodeName(ErrorCode::kDataLoss));
}

TEST_F(KeyValueStoreTest, ReportsAMissingFileAsDataLoss) {
  ASSERT_TRUE(store_->Put("a", "1"));
  store_.reset();
  std::filesystem::remove(FindFile("MANIFEST-000005"));
  const auto opened = KeyValueStore::Open(dir_.File("kv"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(ErrorCodeName(opened.error().code()), ErrorCodeName(ErrorCode::kDataLoss));
}

TEST(KeyValueStore, SaysWhyItCannotBeMade) {
  TempDir dir;
  dir.Write("file", "");
  for (const std::string& path : {dir.File("file"), dir.File("file/below")}) {
    const auto opened = KeyValueStore::Open(path);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().ToString(), HasSubstr(path));
    EXPECT_THAT(opened.error().ToString(), HasSubstr("Not a directory"));
  }
}

/// Lets no file of this process grow beyond `bytes`: to the store that is a disk without room.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_ = {};
  void (*previous_handler_)(int) = nullptr;
};

TEST_F(KeyValueStoreTest, WritesAgainOnceTheDiskHasRoom) {
  ASSERT_TRUE(store_->Put("before", "1"));
  {
    const FileSizeLimit full(20'000);
    const Status status = store_->Put("big", std::string(50'000, 'x'));
    ASSERT_FALSE(status);
    EXPECT_EQ(ErrorCodeName(status.error().code()), ErrorCodeName(ErrorCode::kUnavailable));
    EXPECT_EQ(store_->Get("before").value(), "1");
  }
  const Status after = store_->Put("after", "2");
  ASSERT_TRUE(after) << after.error().ToString();
  Open();
  EXPECT_EQ(store_->Get("before").value(), "1");
  EXPECT_THAT(Keys({}), ElementsAre("after", "before"));
}

TEST_F(KeyValueStoreTest, ServesManyThreads) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 200; ++i) {
          const std::string key = std::to_string(t) + "/" + std::to_string(i % 20);
          EXPECT_TRUE(store_->Put(key, std::string(500, 'x')));
          EXPECT_TRUE(store_->Get(key));
          EXPECT_TRUE(store_->Scan(KeyRange::WithPrefix(std::to_string(t)), Order::kAscending,
                                   [](std::string_view, std::string_view) { return true; }));
        }
      });
    }
  }
  EXPECT_EQ(Keys({}).size(), 80u);
}

}  // namespace
}  // namespace mooring::kv
