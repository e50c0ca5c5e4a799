// SPDX-License-Identifier: Apache-2.0
#include "controller/source/open_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/git/temp_git_repo.h"

namespace mooring {
namespace {

using testing::HasSubstr;

class OpenTreeTest : public testing::Test {
 protected:
  OpenTreeTest() {
    repo_.Write("fleet/a.yaml", "old");
    first_ = repo_.Commit("first");
    repo_.Tag("v1", first_);
    repo_.Write("fleet/a.yaml", "committed");
    second_ = repo_.Commit("second");
    repo_.Write("fleet/a.yaml", "lying there");
  }

  /// What a.yaml holds in the tree, and how the tree describes itself.
  std::pair<std::string, std::string> Open(const std::string& argument) {
    const auto tree = OpenTree(argument, {}, {});
    if (!tree) return {"error", tree.error().ToString()};
    return {(*tree)->Read((*tree)->entries()[0]).value(), (*tree)->Describe()};
  }

  static std::string Short(const std::string& commit) { return commit.substr(0, 7); }

  TempGitRepo repo_;
  std::string first_;
  std::string second_;
};

TEST_F(OpenTreeTest, ReadsTheFolderAsItLiesThere) {
  EXPECT_EQ(Open(repo_.path() + "/fleet"),
            std::pair(std::string("lying there"), "working tree on main@" + Short(second_)));
}

TEST_F(OpenTreeTest, ReadsACommit) {
  const std::string at = repo_.path() + "/fleet@";
  const std::string old = "old";
  const std::string committed = "committed";
  EXPECT_EQ(Open(at + "main"), std::pair(committed, "commit main@" + Short(second_)));
  EXPECT_EQ(Open(at + "HEAD"), std::pair(committed, "commit main@" + Short(second_)));
  EXPECT_EQ(Open(at + "v1"), std::pair(old, "commit v1@" + Short(first_)));
  EXPECT_EQ(Open(at + "HEAD~1"), std::pair(old, "commit " + Short(first_)));
  EXPECT_EQ(Open(at + Short(first_)), std::pair(old, "commit " + Short(first_)));
}

TEST_F(OpenTreeTest, TakesAFolderWithAnAtSign) {
  std::filesystem::rename(repo_.path(), repo_.path() + "@home");
  EXPECT_EQ(Open(repo_.path() + "@home/fleet").first, "lying there");
  EXPECT_EQ(Open(repo_.path() + "@home/fleet@v1").first, "old");
  std::filesystem::rename(repo_.path() + "@home", repo_.path());
}

TEST_F(OpenTreeTest, ReadsACommitOfABareRepository) {
  TempGitRepo bare(TempGitRepo::Kind::kBare);
  bare.Write("a.yaml", "bare");
  bare.Commit("a");
  EXPECT_EQ(Open(bare.path() + "@main").first, "bare");
}

TEST_F(OpenTreeTest, SaysWhatIsWrong) {
  EXPECT_THAT(Open(repo_.path() + "/absent").second, HasSubstr("no such folder"));
  EXPECT_THAT(Open(repo_.path() + "/fleet@nope").second, HasSubstr("it has: main"));
  TempDir plain;
  EXPECT_THAT(Open(plain.path() + "@main").second, HasSubstr("in no Git repository"));
}

}  // namespace
}  // namespace mooring
