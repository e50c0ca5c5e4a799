// SPDX-License-Identifier: Apache-2.0
#include "controller/base/host_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace mooring {
namespace {

class HostKeyTest : public ::testing::Test {
 protected:
  HostKeyTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mooring-key-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "keys" / "host";
  }
  ~HostKeyTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

TEST_F(HostKeyTest, IsMadeOnceAndStays) {
  EXPECT_EQ(HostKey::Load(file_).error().code(), ErrorCode::kNotFound);
  const auto made = HostKey::LoadOrCreate(file_);
  ASSERT_TRUE(made) << made.error().ToString();
  struct stat info{};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(HostKey::LoadOrCreate(file_)->Digest("x"), made->Digest("x"));
  EXPECT_EQ(HostKey::Load(file_)->id(), made->id());
}

TEST_F(HostKeyTest, ManyThatStartTogetherAgree) {
  std::vector<std::string> ids(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& id : ids) {
      threads.emplace_back([&] {
        const auto key = HostKey::LoadOrCreate(file_);
        if (key) id = key->id();
      });
    }
  }
  const auto key = HostKey::Load(file_);
  ASSERT_TRUE(key) << key.error().ToString();
  EXPECT_THAT(ids, ::testing::Each(key->id()));
}

TEST_F(HostKeyTest, RefusesAKeyThatOthersCanRead) {
  ASSERT_TRUE(HostKey::LoadOrCreate(file_));
  ::chmod(file_.c_str(), 0644);
  const auto key = HostKey::LoadOrCreate(file_);
  EXPECT_EQ(key.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(key.error().ToString(), ::testing::HasSubstr("chmod 600"));
}

TEST_F(HostKeyTest, RefusesWhatIsNoKeyAndLeavesItThere) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_) << "short";
  ::chmod(file_.c_str(), 0600);
  EXPECT_EQ(HostKey::LoadOrCreate(file_).error().code(), ErrorCode::kDataLoss);
  EXPECT_EQ(std::filesystem::file_size(file_), 5u);
}

TEST(HostKey, DigestsDependOnKeyAndData) {
  const HostKey a = HostKey::FromBytes("a");
  const HostKey b = HostKey::FromBytes("b");
  EXPECT_EQ(a.Digest("x"), a.Digest("x"));
  EXPECT_NE(a.Digest("x"), a.Digest("y"));
  EXPECT_NE(a.Digest("x").substr(9), b.Digest("x").substr(9));
  EXPECT_NE(a.id(), b.id());
  EXPECT_THAT(a.Digest("x"), ::testing::MatchesRegex("[0-9a-f]{8}:[0-9a-f]{64}"));
  EXPECT_EQ(a.Digest("x").substr(0, 8), a.id());
}

}  // namespace
}  // namespace mooring
