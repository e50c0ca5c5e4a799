// SPDX-License-Identifier: Apache-2.0
#include "controller/git/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring::git {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<Repository> MustOpen(const std::string& location) {
  auto repository = Repository::Open(location);
  EXPECT_TRUE(repository) << repository.error().ToString();
  return *std::move(repository);
}

template <typename T>
void ExpectError(const Result<T>& result, ErrorCode code, const std::string& text) {
  ASSERT_FALSE(result);
  EXPECT_EQ(ErrorCodeName(result.error().code()), ErrorCodeName(code));
  EXPECT_THAT(result.error().ToString(), HasSubstr(text));
}

std::vector<std::string> Paths(const Result<std::vector<TreeEntry>>& entries) {
  EXPECT_TRUE(entries) << entries.error().ToString();
  std::vector<std::string> paths;
  for (const TreeEntry& entry : *entries) paths.push_back(entry.path);
  return paths;
}

TEST(Repository, OpensBareAndOrdinaryOnesByPathAndUrl) {
  TempGitRepo work;
  TempGitRepo bare(TempGitRepo::Kind::kBare);
  EXPECT_EQ(MustOpen(work.path())->work_tree(), std::filesystem::canonical(work.path()));
  EXPECT_EQ(MustOpen(work.path() + "/")->path(), work.path());
  EXPECT_EQ(MustOpen(work.path() + "/.git")->work_tree(), std::filesystem::canonical(work.path()));
  EXPECT_EQ(MustOpen(bare.url())->work_tree(), "");
}

TEST(Repository, SaysWhatIsWrongWithAPath) {
  TempGitRepo repo;
  repo.Write("apps/a.yaml", "a");
  TempDir plain;
  plain.Write("file", "");
  ExpectError(Repository::Open(plain.File("absent")), ErrorCode::kUnavailable,
              "absent: No such file or directory; correct the path");
  ExpectError(Repository::Open(plain.path()), ErrorCode::kFailedPrecondition, "not a repository");
  ExpectError(Repository::Open(plain.File("file")), ErrorCode::kFailedPrecondition, "not a folder");
  ExpectError(Repository::Open(repo.path() + "/apps"), ErrorCode::kFailedPrecondition,
              "it is a folder of ");
  ExpectError(Repository::Open("https://example.com/x"), ErrorCode::kInvalidArgument,
              "not one on a server");
}

TEST(Repository, ReadsOneOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  TempGitRepo repo;
  const std::string commit = repo.Commit("first");
  for (const auto& file : std::filesystem::recursive_directory_iterator(repo.path())) {
    ASSERT_EQ(lchown(file.path().c_str(), 65534, 65534), 0);
  }
  ASSERT_EQ(lchown(repo.path().c_str(), 65534, 65534), 0);
  EXPECT_EQ(MustOpen(repo.path())->ResolveBranch("main").value(), commit);
}

TEST(Repository, ResolvesBranches) {
  TempGitRepo repo;
  const std::string first = repo.Commit("first");
  const std::string second = repo.Commit("second");
  repo.SetBranch("feature/x", first);
  const auto repository = MustOpen(repo.path());
  EXPECT_EQ(repository->ResolveBranch("main").value(), second);
  EXPECT_EQ(repository->ResolveBranch("feature/x").value(), first);
  ExpectError(repository->ResolveBranch("mian"), ErrorCode::kNotFound,
              "no such branch; it has: feature/x, main");
  ExpectError(repository->ResolveBranch("../../HEAD"), ErrorCode::kNotFound, "no such branch");
  const std::string amended = repo.Amend("second, again");
  EXPECT_NE(amended, second);
  EXPECT_EQ(repository->ResolveBranch("main").value(), amended);
  repo.DeleteBranch("main");
  ExpectError(repository->ResolveBranch("main"), ErrorCode::kNotFound, "it has: feature/x");
}

TEST(Repository, SaysThatItHasNoCommitYet) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  const auto repository = MustOpen(repo.path());
  ExpectError(repository->ResolveBranch("main"), ErrorCode::kNotFound, "it has no commit yet");
  ExpectError(repository->Resolve("HEAD"), ErrorCode::kNotFound, "it has no commit yet");
  const Head head = repository->ReadHead().value();
  EXPECT_EQ(head.branch, "main");
  EXPECT_EQ(head.commit, "");
}

TEST(Repository, ResolvesTagsAndWhateverGitUnderstands) {
  TempGitRepo repo;
  const std::string first = repo.Commit("first");
  repo.Tag("v1", first, "annotated");
  repo.Tag("v1-plain", first);
  repo.Write("a", "a");
  const std::string second = repo.Commit("second");
  const auto repository = MustOpen(repo.path());
  EXPECT_EQ(repository->ResolveTag("v1").value(), first);
  EXPECT_EQ(repository->ResolveTag("v1-plain").value(), first);
  ExpectError(repository->ResolveTag("v2"), ErrorCode::kNotFound, "it has: v1, v1-plain");
  for (const std::string& name : {std::string("HEAD~1"), first, first.substr(0, 10),
                                  std::string("v1"), std::string("main^")}) {
    EXPECT_EQ(repository->Resolve(name).value(), first) << name;
  }
  EXPECT_EQ(repository->Resolve("HEAD").value(), second);
  ExpectError(repository->Resolve("nope"), ErrorCode::kNotFound, "no such branch, tag or commit");
  ExpectError(repository->Resolve("main^{tree}"), ErrorCode::kInvalidArgument, "it is a tree");
  ExpectError(repository->Resolve("a..b^{"), ErrorCode::kInvalidArgument, "not a name of a commit");
}

TEST(Repository, ReadsHeadAndCommits) {
  TempGitRepo repo;
  const std::string commit = repo.Commit("shop 1.8.2\n\nand more");
  const auto repository = MustOpen(repo.path());
  EXPECT_EQ(repository->ReadHead().value().branch, "main");
  EXPECT_EQ(repository->ReadHead().value().commit, commit);
  const Commit read = repository->ReadCommit(commit).value();
  EXPECT_EQ(read.subject, "shop 1.8.2");
  EXPECT_EQ(read.author, "Ada Operator");
  EXPECT_EQ(FormatTime(read.author_time), "2026-03-01T14:02:00Z");
  repo.Detach(commit);
  EXPECT_EQ(repository->ReadHead().value().branch, "");
  EXPECT_EQ(repository->ReadHead().value().commit, commit);
  ExpectError(repository->ReadCommit("4b1c9e2"), ErrorCode::kInvalidArgument, "not the id");
  ExpectError(repository->ReadCommit(std::string(40, 'a')), ErrorCode::kUnavailable, "aaaaaaa");
}

TEST(Repository, ListsATreeSortedByPath) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  repo.Write("a/x.yaml", "x");
  repo.Write("a.yaml", "a");
  repo.Write("a-b/y.yaml", "y");
  repo.WriteExecutable("run.sh", "#!/bin/sh\n");
  repo.Symlink("link", "a.yaml");
  repo.Submodule("vendor/lib", std::string(40, '1'));
  const std::string commit = repo.Commit("files");
  const auto repository = MustOpen(repo.path());
  const auto entries = repository->ListTree(commit, "", 100);
  EXPECT_THAT(Paths(entries),
              ElementsAre("a-b/y.yaml", "a.yaml", "a/x.yaml", "link", "run.sh", "vendor/lib"));
  EXPECT_EQ(entries->at(1).id, GitBlobId("a"));
  EXPECT_EQ(entries->at(1).mode, 0100644u);
  EXPECT_EQ(entries->at(3).mode, kModeSymlink);
  EXPECT_EQ(entries->at(4).mode, 0100755u);
  EXPECT_EQ(entries->at(5).mode, kModeSubmodule);
  EXPECT_EQ(entries->at(5).id, std::string(40, '1'));
  EXPECT_THAT(Paths(repository->ListTree(commit, "a", 100)), ElementsAre("x.yaml"));
  ExpectError(repository->ListTree(commit, "b", 100), ErrorCode::kNotFound, "no such folder");
  ExpectError(repository->ListTree(commit, "a.yaml", 100), ErrorCode::kInvalidArgument,
              "not a folder");
  // Six files and three folders.
  EXPECT_TRUE(repository->ListTree(commit, "", 9));
  ExpectError(repository->ListTree(commit, "", 8), ErrorCode::kInvalidArgument,
              "more than 8 files and folders");
}

TEST(Repository, ListsAnEmptyTree) {
  TempGitRepo repo;
  const std::string commit = repo.Commit("nothing");
  EXPECT_THAT(Paths(MustOpen(repo.path())->ListTree(commit, "", 10)), IsEmpty());
}

TEST(Repository, RefusesATreeThatIsTooDeep) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  std::string path;
  for (int i = 0; i < 70; ++i) path += "d/";
  repo.Write(path + "f", "");
  const std::string commit = repo.Commit("deep");
  ExpectError(MustOpen(repo.path())->ListTree(commit, "", 1000), ErrorCode::kInvalidArgument,
              "more than 64 deep");
}

TEST(Repository, ReadsBlobsAndTheirSizes) {
  TempGitRepo repo;
  const std::string bytes("two\0parts\n", 10);
  repo.Write("a", bytes);
  repo.Commit("a");
  const auto repository = MustOpen(repo.path());
  EXPECT_EQ(repository->ReadBlob(GitBlobId(bytes)).value(), bytes);
  EXPECT_EQ(repository->BlobSize(GitBlobId(bytes)).value(), 10u);
  ExpectError(repository->ReadBlob(std::string(40, 'b')), ErrorCode::kUnavailable, "bbbbbbb");
  ExpectError(repository->ReadBlob("b"), ErrorCode::kInvalidArgument, "not the id");
}

TEST(Repository, ReportsADamagedObject) {
  TempGitRepo repo;
  repo.Write("a", "some content");
  const std::string commit = repo.Commit("a");
  const std::string id = GitBlobId("some content");
  const std::string object = repo.path() + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  std::filesystem::permissions(object, std::filesystem::perms::owner_all);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << "not zlib at all";
  ExpectError(MustOpen(repo.path())->ReadBlob(id), ErrorCode::kDataLoss, "git fsck");
}

TEST(Repository, KnowsWhatIsIgnored) {
  TempGitRepo repo;
  repo.Write(".gitignore", "*.log\nbuild/\nkept/\n");
  repo.Write("kept/tracked.yaml", "");
  repo.Write("tracked.log", "");
  repo.Commit("files");
  const auto repository = MustOpen(repo.path());
  EXPECT_TRUE(repository->IsIgnored("a.log", false).value());
  EXPECT_TRUE(repository->IsIgnored("sub/a.log", false).value());
  EXPECT_TRUE(repository->IsIgnored("build", true).value());
  EXPECT_FALSE(repository->IsIgnored("a.yaml", false).value());
  EXPECT_FALSE(repository->IsIgnored("tracked.log", false).value());
  EXPECT_FALSE(repository->IsIgnored("kept", true).value());
  EXPECT_TRUE(repository->IsIgnored("kept/new.yaml", false).value());
  EXPECT_FALSE(repository->IsIgnored("kept/tracked.yaml", false).value());
}

TEST(Repository, DiscoversTheRepositoryAroundAFolder) {
  TempGitRepo repo;
  repo.Write("apps/a.yaml", "a");
  EXPECT_EQ(Repository::Discover(repo.path() + "/apps").value()->work_tree(),
            std::filesystem::canonical(repo.path()));
  TempDir plain;
  EXPECT_EQ(Repository::Discover(plain.path()).value(), nullptr);
}

TEST(Repository, ServesManyThreads) {
  TempGitRepo repo;
  for (int i = 0; i < 20; ++i) repo.Write(fmt::format("apps/{}.yaml", i), fmt::format("app {}", i));
  const std::string commit = repo.Commit("apps");
  const auto repository = MustOpen(repo.path());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto entries = repository->ListTree(commit, "apps", 100);
      ASSERT_TRUE(entries);
      for (const TreeEntry& entry : *entries) EXPECT_TRUE(repository->ReadBlob(entry.id));
      EXPECT_EQ(repository->ResolveBranch("main").value(), commit);
    });
  }
}

}  // namespace
}  // namespace mooring::git
