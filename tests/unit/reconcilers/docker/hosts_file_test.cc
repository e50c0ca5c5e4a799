// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/hosts_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::docker {
namespace {

constexpr char kWeb[] = "web.shop.default.mooring.internal";
constexpr char kApi[] = "api.blog.default.mooring.internal";
constexpr char kSuffix[] = ".shop.default.mooring.internal";

class HostsFileTest : public ::testing::Test {
 protected:
  std::string Content() {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Write(const std::string& content) { dir_.Write("hosts", content); }

  TempDir dir_;
  const std::string path_ = dir_.File("hosts");
  testing::FakeClock clock_;
  HostsFile hosts_{path_, clock_};
};

TEST_F(HostsFileTest, SetsAndShowsTheNamesOfOneApp) {
  Write("127.0.0.1 localhost\n");
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}, {kApi, {"10.201.0.66"}}}));
  const auto view = hosts_.View(kSuffix, {"10.201.0.2"});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->names, (HostsNames{{kWeb, {"10.201.0.2"}}}));
  EXPECT_EQ(view->last_written, view->names);
  EXPECT_TRUE(view->left.empty());
  EXPECT_TRUE(Content().starts_with("127.0.0.1 localhost\n# BEGIN mooring"));
}

TEST_F(HostsFileTest, AVersionMovesWithTheFileAndNothingElse) {
  Write("127.0.0.1 localhost\n");
  const uint64_t before = hosts_.Version();
  EXPECT_NE(before, 0u);
  EXPECT_EQ(hosts_.View(kSuffix, {})->version, before);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(hosts_.Version(), before);
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  const uint64_t after = hosts_.Version();
  EXPECT_NE(after, before);
  EXPECT_EQ(hosts_.Version(), after);
  Write("127.0.0.1 localhost.localdomain\n");
  EXPECT_NE(hosts_.Version(), after);
}

TEST_F(HostsFileTest, ShowsNoNamesThatOnlyEndAlike) {
  const std::string near = "web.bigshop.default.mooring.internal";
  const std::string dotted = "v1.web.shop.default.mooring.internal";
  ASSERT_TRUE(
      hosts_.Set({{kWeb, {"10.201.0.2"}}, {near, {"10.201.0.3"}}, {dotted, {"10.201.0.4"}}}));
  EXPECT_EQ(hosts_.View(kSuffix, {})->names,
            (HostsNames{{kWeb, {"10.201.0.2"}}, {dotted, {"10.201.0.4"}}}));
}

TEST_F(HostsFileTest, MissingFileIsEmptyAndIsMade) {
  EXPECT_TRUE(hosts_.View(kSuffix, {})->names.empty());
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  EXPECT_EQ(hosts_.View(kSuffix, {})->names.size(), 1u);
}

TEST_F(HostsFileTest, TellsWhenAnAddressLeft) {
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  clock_.Advance(std::chrono::seconds(5));
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.3"}}}));
  const Time left = clock_.Now();
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_EQ(hosts_.View(kSuffix, {"10.201.0.2", "10.201.0.3"})->left,
            (std::map<std::string, Time>{{"10.201.0.2", left}}));
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  EXPECT_FALSE(hosts_.View(kSuffix, {"10.201.0.2"})->left.contains("10.201.0.2"));
}

TEST_F(HostsFileTest, AddressThatMovesToAnotherNameHasNotLeft) {
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  ASSERT_TRUE(hosts_.Set({{kWeb, {}}, {kApi, {"10.201.0.2"}}}));
  EXPECT_TRUE(hosts_.View(kSuffix, {"10.201.0.2"})->left.empty());
}

TEST_F(HostsFileTest, ForeignWritesBetweenOursAreKept) {
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  Write("10.0.0.1 db\n" + Content() + "10.0.0.2 cache\n");
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.3"}}}));
  EXPECT_TRUE(Content().starts_with("10.0.0.1 db\n# BEGIN"));
  EXPECT_TRUE(Content().ends_with("# END mooring\n10.0.0.2 cache\n"));
}

TEST_F(HostsFileTest, SeesForeignChangesOfItsBlock) {
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  Write("127.0.0.1 localhost\n");
  const auto view = hosts_.View(kSuffix, {"10.201.0.2"});
  EXPECT_TRUE(view->names.empty());
  EXPECT_EQ(view->last_written.size(), 1u);
  EXPECT_TRUE(view->left.contains("10.201.0.2"));
}

TEST_F(HostsFileTest, DoesNotTouchTheFileWhenNothingChanges) {
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  struct stat before{};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  struct stat after{};
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(HostsFileTest, KeepsModeAndLeavesNoTemporaryFile) {
  Write("127.0.0.1 localhost\n");
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_NE(::access((path_ + ".mooring").c_str(), F_OK), 0);
}

TEST_F(HostsFileTest, IsWrittenInPlaceWhereItCannotBeReplaced) {
  Write("127.0.0.1 localhost # a line that is longer than the block that replaces it later\n");
  dir_.Write("hosts.mooring/in the way", "");
  struct stat before{};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  ASSERT_TRUE(hosts_.Set({{kWeb, {}}}));
  struct stat after{};
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_size, after.st_size) << Content();
}

TEST_F(HostsFileTest, UnwritableIsAnErrorWithThePath) {
  HostsFile nowhere(dir_.File("no/such/folder/hosts"), clock_);
  const Status set = nowhere.Set({{kWeb, {"10.201.0.2"}}});
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().ToString().find("no/such/folder/hosts"), std::string::npos);
}

TEST_F(HostsFileTest, WatchTellsOfForeignChangesOnly) {
  Write("127.0.0.1 localhost\n");
  ASSERT_TRUE(hosts_.View(kSuffix, {}));
  // What stood in the file each time that the watch told; one change may be told of more than once.
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;
  std::jthread watcher([&](std::stop_token stop) {
    const auto on_change = [&] {
      std::scoped_lock lock(mutex);
      told.push_back(Content());
      changed.notify_all();
    };
    EXPECT_TRUE(hosts_.Watch(on_change, stop));
  });
  const auto await = [&](const std::string& content) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] {
      return std::find(told.begin(), told.end(), content) != told.end();
    });
  };
  // The watch stands once a change is told of; until then the change is repeated.
  for (bool stands = false; !stands;) {
    Write("127.0.0.1 first\n");
    std::unique_lock lock(mutex);
    stands = changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return !told.empty(); });
  }
  ASSERT_TRUE(hosts_.View(kSuffix, {}));
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}}));
  const std::string ours = Content();
  ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.3"}}}));
  const std::string ours_too = Content();
  // Another hand adds a line in one step, and replaces the file by another as editors do.
  dir_.Write("new", ours_too + "10.0.0.1 db\n");
  ASSERT_EQ(::rename(dir_.File("new").c_str(), path_.c_str()), 0);
  EXPECT_TRUE(await(ours_too + "10.0.0.1 db\n"));
  ASSERT_TRUE(hosts_.View(kSuffix, {}));
  Write("10.0.0.2 cache\n");
  EXPECT_TRUE(await("10.0.0.2 cache\n"));
  EXPECT_TRUE(hosts_.View(kSuffix, {})->names.empty());
  std::scoped_lock lock(mutex);
  EXPECT_EQ(std::count(told.begin(), told.end(), ours), 0) << "our own writes are no news";
  EXPECT_EQ(std::count(told.begin(), told.end(), ours_too), 0) << "our own writes are no news";
}

TEST_F(HostsFileTest, WatchTellsOfAForeignChangeThatSomebodyReadFirst) {
  const std::vector<std::function<void()>> readers = {
      [&] { ASSERT_TRUE(hosts_.View(kSuffix, {})); },
      [&] { ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.3"}}})); }};
  for (const auto& reader : readers) {
    ASSERT_TRUE(hosts_.Set({{kWeb, {"10.201.0.2"}}, {kApi, {"10.201.0.66"}}}));
    Write("127.0.0.1 localhost\n");
    reader();
    // Any event makes the watch look; the file is replaced by one that says the same.
    dir_.Write("same", Content());
    const auto touch = [&] {
      std::filesystem::copy_file(dir_.File("same"), dir_.File("new"),
                                 std::filesystem::copy_options::overwrite_existing);
      std::filesystem::rename(dir_.File("new"), path_);
    };
    std::atomic<bool> told = false;
    std::jthread watcher([&](std::stop_token stop) {
      EXPECT_TRUE(hosts_.Watch(
          [&] {
            told = true;
            told.notify_all();
          },
          stop));
    });
    std::jthread knock([&](std::stop_token stop) {
      while (!told && !stop.stop_requested()) touch(), ::usleep(20000);
    });
    told.wait(false);
  }
}

}  // namespace
}  // namespace mooring::docker
