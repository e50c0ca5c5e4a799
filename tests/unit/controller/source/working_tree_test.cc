// SPDX-License-Identifier: Apache-2.0
#include "controller/source/working_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "controller/base/digest.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
void ExpectError(const Result<T>& result, ErrorCode code, const std::string& text) {
  ASSERT_FALSE(result);
  EXPECT_EQ(ErrorCodeName(result.error().code()), ErrorCodeName(code));
  EXPECT_THAT(result.error().ToString(), HasSubstr(text));
}

std::vector<std::string> Paths(const FileTree& tree) {
  std::vector<std::string> paths;
  for (const auto& entry : tree.entries()) paths.push_back(entry.path);
  return paths;
}

std::shared_ptr<const Artifact> MustLoad(const std::string& folder,
                                         const SourceLimits& limits = {}) {
  auto tree = WorkingTree::Load(folder, limits);
  EXPECT_TRUE(tree) << tree.error().ToString();
  return *tree;
}

TEST(WorkingTree, ReadsWhatIsCommittedAndWhatIsNot) {
  TempGitRepo repo;
  repo.Write("a.yaml", "committed");
  const std::string commit = repo.Commit("a");
  repo.Write("a.yaml", "changed");
  repo.Write("sub/b.yaml", "new");
  const auto tree = MustLoad(repo.path());
  EXPECT_THAT(Paths(*tree), ElementsAre("a.yaml", "sub/b.yaml"));
  EXPECT_EQ(tree->entries()[0].blob_id, GitBlobId("changed"));
  EXPECT_EQ(tree->entries()[0].size, 7u);
  EXPECT_EQ(tree->Read(tree->entries()[0]).value(), "changed");
  EXPECT_EQ(tree->Read(tree->entries()[1]).value(), "new");
  EXPECT_EQ(tree->revision(), (Revision{"main", commit}));
  EXPECT_EQ(tree->Describe(), "working tree on main@" + commit.substr(0, 7));
}

TEST(WorkingTree, ReadsAFolderOfARepository) {
  TempGitRepo repo;
  repo.Write(".gitignore", "*.tmp\n/fleet/out/\n");
  repo.Write("other.yaml", "");
  repo.Write("fleet/a.yaml", "");
  repo.Write("fleet/out/x.yaml", "");
  repo.Write("fleet/b.tmp", "");
  EXPECT_THAT(Paths(*MustLoad(repo.path() + "/fleet")), ElementsAre("a.yaml"));
  EXPECT_THAT(Paths(*MustLoad(repo.path() + "/fleet/.")), ElementsAre("a.yaml"));
}

TEST(WorkingTree, ReadsAnIgnoredFolderThatIsNamed) {
  TempGitRepo repo;
  repo.Write(".gitignore", "out/\n");
  repo.Write("out/x.yaml", "");
  const auto tree = MustLoad(repo.path() + "/out");
  EXPECT_THAT(Paths(*tree), ElementsAre("x.yaml"));
  EXPECT_THAT(tree->Describe(), HasSubstr("folder /"));
}

TEST(WorkingTree, ReadsAFolderOutsideAnyRepository) {
  const git::Library library;
  TempDir dir;
  dir.Write("b/x.yaml", "x");
  dir.Write("b.yaml", "y");
  const auto tree = MustLoad(dir.path());
  EXPECT_THAT(Paths(*tree), ElementsAre("b.yaml", "b/x.yaml"));
  EXPECT_EQ(tree->Describe(), "folder " + std::filesystem::canonical(dir.path()).string());
  EXPECT_EQ(tree->revision(), Revision());
}

TEST(WorkingTree, DescribesADetachedHeadAndAnEmptyRepository) {
  TempGitRepo repo;
  EXPECT_EQ(MustLoad(repo.path())->Describe(), "working tree on main, nothing committed yet");
  const std::string commit = repo.Commit("a");
  repo.Detach(commit);
  EXPECT_EQ(MustLoad(repo.path())->Describe(), "working tree on " + commit.substr(0, 7));
}

TEST(WorkingTree, NeverFollowsSymlinks) {
  const git::Library library;
  TempDir dir;
  dir.Write("real/x.yaml", "x");
  std::filesystem::create_symlink("/etc/passwd", dir.File("file.yaml"));
  std::filesystem::create_directory_symlink("real", dir.File("folder"));
  std::filesystem::create_symlink("nowhere", dir.File("broken"));
  const auto tree = MustLoad(dir.path());
  EXPECT_THAT(Paths(*tree), ElementsAre("broken", "file.yaml", "folder", "real/x.yaml"));
  EXPECT_EQ(tree->entries()[1].type, FileTree::Type::kSymlink);
  EXPECT_EQ(tree->entries()[1].blob_id, GitBlobId("/etc/passwd"));
  EXPECT_EQ(tree->Read(tree->entries()[1]).value(), "/etc/passwd");
  FileTree::Entry through = tree->entries()[3];
  through.path = "folder/x.yaml";
  ExpectError(tree->Read(through), ErrorCode::kAborted, "changed");
}

TEST(WorkingTree, LeavesOutPipesAndReportsNestedRepositories) {
  TempGitRepo repo;
  repo.Write("nested/.git/HEAD", "ref: refs/heads/main\n");
  repo.Write("nested/a.yaml", "");
  ASSERT_EQ(mkfifo((repo.path() + "/pipe").c_str(), 0600), 0);
  const auto tree = MustLoad(repo.path());
  EXPECT_THAT(Paths(*tree), ElementsAre("nested"));
  EXPECT_EQ(tree->entries()[0].type, FileTree::Type::kSubmodule);
  ExpectError(tree->Read(tree->entries()[0]), ErrorCode::kInvalidArgument, "Git submodule");
}

TEST(WorkingTree, ReportsFilesThatChangedMeanwhile) {
  const git::Library library;
  TempDir dir;
  for (const char* file : {"bytes", "size", "gone", "kind", "sub/moved"}) dir.Write(file, "before");
  const auto tree = MustLoad(dir.path());
  dir.Write("bytes", "BEFORE");
  dir.Write("size", "longer than before");
  std::filesystem::remove(dir.File("gone"));
  std::filesystem::remove(dir.File("kind"));
  std::filesystem::create_symlink("/etc/passwd", dir.File("kind"));
  std::filesystem::rename(dir.File("sub"), dir.File("elsewhere"));
  std::filesystem::create_directory_symlink("elsewhere", dir.File("sub"));
  for (const auto& entry : tree->entries()) {
    ExpectError(tree->Read(entry), ErrorCode::kAborted, entry.path + ": it changed");
  }
}

TEST(WorkingTree, ReportsWhichLimitWasPassed) {
  const git::Library library;
  TempDir dir;
  dir.Write("a", "1");
  dir.Write("big", std::string(100, 'x'));
  ExpectError(WorkingTree::Load(dir.path(), {.max_entries = 1}), ErrorCode::kInvalidArgument,
              "more than 1 files and folders");
  const auto tree = MustLoad(dir.path(), {.max_file_size = 99});
  EXPECT_EQ(tree->entries()[1].size, 100u);
  EXPECT_NE(tree->entries()[1].blob_id, "");
  EXPECT_EQ(tree->Read(tree->entries()[0]).value(), "1");
  ExpectError(tree->Read(tree->entries()[1]), ErrorCode::kInvalidArgument, "the limit is 99");
}

TEST(WorkingTree, RefusesHostileNamesAndDepth) {
  const git::Library library;
  TempDir dir;
  dir.Write("caf\xe9.yaml", "");
  ExpectError(WorkingTree::Load(dir.path(), {}), ErrorCode::kInvalidArgument, "caf\\xe9.yaml");
  TempDir deep;
  std::string path;
  for (int i = 0; i < 70; ++i) path += "d/";
  deep.Write(path + "f", "");
  ExpectError(WorkingTree::Load(deep.path(), {}), ErrorCode::kInvalidArgument, "more than 64 deep");
}

TEST(WorkingTree, SaysWhatIsWrongWithAPath) {
  const git::Library library;
  TempDir dir;
  dir.Write("file", "");
  ExpectError(WorkingTree::Load(dir.File("absent"), {}), ErrorCode::kNotFound, "absent");
  ExpectError(WorkingTree::Load(dir.File("file"), {}), ErrorCode::kInvalidArgument, "not a folder");
  TempGitRepo bare(TempGitRepo::Kind::kBare);
  ExpectError(WorkingTree::Load(bare.path(), {}), ErrorCode::kInvalidArgument,
              "bare Git repository");
}

}  // namespace
}  // namespace mooring
