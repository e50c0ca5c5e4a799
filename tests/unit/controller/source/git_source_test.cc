// SPDX-License-Identifier: Apache-2.0
#include "controller/source/git_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "controller/base/digest.h"
#include "controller/resource/reasons.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

template <typename T>
void ExpectError(const Result<T>& result, ErrorCode code, const std::string& text,
                 const std::string& reason = "") {
  ASSERT_FALSE(result);
  EXPECT_EQ(ErrorCodeName(result.error().code()), ErrorCodeName(code));
  EXPECT_THAT(result.error().ToString(), HasSubstr(text));
  EXPECT_EQ(result.error().reason(), reason);
}

std::vector<std::string> Paths(const FileTree& tree) {
  std::vector<std::string> paths;
  for (const auto& entry : tree.entries()) paths.push_back(entry.path);
  return paths;
}

std::shared_ptr<const Artifact> MustFetch(Source& source) {
  const auto revision = source.Poll({});
  EXPECT_TRUE(revision) << revision.error().ToString();
  auto artifact = source.Fetch(*revision, {});
  EXPECT_TRUE(artifact) << artifact.error().ToString();
  return *artifact;
}

TEST(GitSource, PollsTheBranchTagOrCommitThatItIsGiven) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  const std::string first = repo.Commit("first");
  repo.Tag("v1", first);
  const std::string second = repo.Commit("second");
  EXPECT_EQ(GitSource({.url = repo.url()}).Poll({}).value(), (Revision{"main", second}));
  EXPECT_EQ(GitSource({.url = repo.path(), .tag = "v1"}).Poll({}).value(), (Revision{"v1", first}));
  EXPECT_EQ(GitSource({.url = repo.path(), .commit = first}).Poll({}).value(),
            (Revision{"", first}));
}

TEST(GitSource, SeesPushesForcedPushesAndARepositoryThatComesBack) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  repo.Commit("first");
  GitSource source({.url = repo.url()});
  ASSERT_TRUE(source.Poll({}));
  const std::string second = repo.Commit("second");
  EXPECT_EQ(source.Poll({}).value().commit, second);
  const std::string forced = repo.Amend("second, forced");
  EXPECT_EQ(source.Poll({}).value().commit, forced);
  std::filesystem::rename(repo.path(), repo.path() + ".away");
  ExpectError(source.Poll({}), ErrorCode::kUnavailable, "No such file", reason::kSourceUnreachable);
  std::filesystem::rename(repo.path() + ".away", repo.path());
  EXPECT_EQ(source.Poll({}).value().commit, forced);
}

TEST(GitSource, NamesTheBranchesThatThereAre) {
  TempGitRepo repo;
  const std::string commit = repo.Commit("first");
  repo.SetBranch("dev", commit);
  GitSource source({.url = repo.path(), .branch = "production"});
  ExpectError(source.Poll({}), ErrorCode::kNotFound, "no such branch; it has: dev, main",
              reason::kSourceUnreachable);
}

TEST(GitSource, FetchesTheFilesBelowItsFolder) {
  TempGitRepo repo;
  repo.Write("README.md", "# fleet");
  repo.Write("fleet/apps/hello.yaml", "kind: App\n");
  repo.Symlink("fleet/link.yaml", "../../../etc/shadow");
  repo.Submodule("fleet/vendor", std::string(40, '1'));
  const std::string commit = repo.Commit("fleet");
  GitSource source({.url = repo.path(), .path = "./fleet/"});
  const auto artifact = MustFetch(source);
  EXPECT_THAT(Paths(*artifact), ElementsAre("apps/hello.yaml", "link.yaml", "vendor"));
  const auto& hello = artifact->entries()[0];
  EXPECT_EQ(hello.blob_id, GitBlobId("kind: App\n"));
  EXPECT_EQ(hello.size, 10u);
  EXPECT_EQ(artifact->Read(hello).value(), "kind: App\n");
  const auto& link = artifact->entries()[1];
  EXPECT_EQ(link.type, FileTree::Type::kSymlink);
  EXPECT_EQ(artifact->Read(link).value(), "../../../etc/shadow");
  EXPECT_EQ(artifact->entries()[2].type, FileTree::Type::kSubmodule);
  ExpectError(artifact->Read(artifact->entries()[2]), ErrorCode::kInvalidArgument, "Git submodule");
  EXPECT_EQ(artifact->revision(), (Revision{"main", commit}));
  EXPECT_EQ(artifact->Describe(), "commit main@" + commit.substr(0, 7));
}

TEST(GitSource, KeepsAnArtifactAsItWas) {
  TempGitRepo repo;
  repo.Write("a.yaml", "old");
  repo.Write("b.yaml", "same");
  repo.Commit("old");
  GitSource source({.url = repo.path()});
  const auto before = MustFetch(source);
  repo.Write("a.yaml", "newer");
  repo.Write("aa.yaml", "added");
  repo.Amend("new");
  const auto after = MustFetch(source);
  EXPECT_EQ(before->Read(before->entries()[0]).value(), "old");
  EXPECT_THAT(Paths(*after), ElementsAre("a.yaml", "aa.yaml", "b.yaml"));
  EXPECT_EQ(after->entries()[0].size, 5u);
  EXPECT_EQ(after->entries()[1].size, 5u);
  EXPECT_EQ(after->entries()[2].size, 4u);
  EXPECT_EQ(after->Read(after->entries()[0]).value(), "newer");
}

TEST(GitSource, TellsAMissingFolderFromAnEmptyOne) {
  TempGitRepo repo;
  repo.Commit("nothing");
  GitSource whole({.url = repo.path()});
  EXPECT_THAT(Paths(*MustFetch(whole)), IsEmpty());
  GitSource folder({.url = repo.path(), .path = "fleet"});
  ExpectError(folder.Fetch(folder.Poll({}).value(), {}), ErrorCode::kNotFound,
              "list fleet/ of commit", reason::kSourceEmpty);
}

TEST(GitSource, ReportsWhichLimitWasPassed) {
  TempGitRepo repo;
  repo.Write("a.yaml", "1");
  repo.Write("big.yaml", std::string(100, 'x'));
  repo.Commit("files");
  GitSource few({.url = repo.path(), .limits = {.max_entries = 1}});
  ExpectError(few.Fetch(few.Poll({}).value(), {}), ErrorCode::kInvalidArgument,
              "more than 1 files and folders");
  GitSource small({.url = repo.path(), .limits = {.max_file_size = 99}});
  const auto artifact = MustFetch(small);
  EXPECT_EQ(artifact->Read(artifact->entries()[0]).value(), "1");
  ExpectError(artifact->Read(artifact->entries()[1]), ErrorCode::kInvalidArgument,
              "it has 100 bytes, the limit is 99");
}

TEST(GitSource, RefusesHostileNames) {
  for (const std::string& name : {std::string("a/../../b"), std::string(".."),
                                  std::string("a\nb.yaml"), std::string("caf\xe9.yaml")}) {
    TempGitRepo repo(TempGitRepo::Kind::kBare);
    repo.WriteHostileName(name, "kind: App\n");
    repo.Commit("hostile");
    GitSource source({.url = repo.path()});
    ExpectError(source.Fetch(source.Poll({}).value(), {}), ErrorCode::kInvalidArgument,
                "rename or remove it");
  }
}

TEST(GitSource, ReportsARepositoryThatVanishedUnderAnArtifact) {
  TempGitRepo repo(TempGitRepo::Kind::kBare);
  repo.Write("a.yaml", "a");
  repo.Commit("a");
  GitSource source({.url = repo.path()});
  const auto artifact = MustFetch(source);
  std::filesystem::remove_all(repo.path());
  ExpectError(artifact->Read(artifact->entries()[0]), ErrorCode::kUnavailable,
              "read a.yaml of commit");
  ExpectError(source.Fetch(artifact->revision(), {}), ErrorCode::kUnavailable, "No such file",
              reason::kSourceUnreachable);
}

TEST(GitSource, StopsWhenAsked) {
  TempGitRepo repo;
  repo.Write("a.yaml", "a");
  repo.Commit("a");
  GitSource source({.url = repo.path()});
  const Revision revision = source.Poll({}).value();
  std::stop_source stop;
  stop.request_stop();
  ExpectError(source.Poll(stop.get_token()), ErrorCode::kCancelled, "stopping");
  ExpectError(source.Fetch(revision, stop.get_token()), ErrorCode::kCancelled, "stopping");
}

TEST(GitSource, ACommitOfItsHistoryIsFoundByWhatNamesIt) {
  TempGitRepo repo;
  repo.Write("a.yaml", "1");
  const std::string first = repo.Commit("First");
  repo.Write("a.yaml", "2");
  const std::string second = repo.Commit("Second");
  repo.Tag("v1", first, "The first");
  repo.Switch("other");
  repo.Write("a.yaml", "3");
  const std::string aside = repo.Commit("Elsewhere");
  const GitSource source({.url = repo.url()});
  for (const std::string& name : {first, first.substr(0, 8), std::string("v1"),
                                  std::string("HEAD~1"), std::string("HEAD^")}) {
    const auto found = source.FindInHistory(name);
    ASSERT_TRUE(found) << found.error().ToString();
    EXPECT_EQ(*found, (Revision{"main", first})) << name;
  }
  EXPECT_EQ(source.FindInHistory("HEAD")->commit, second) << "the newest of what is followed";
  ExpectError(source.FindInHistory(aside), ErrorCode::kFailedPrecondition,
              "is not in the history of main@");
  ExpectError(source.FindInHistory("nowhere"), ErrorCode::kNotFound, "nowhere");
  ExpectError(source.FindInHistory("HEAD~7"), ErrorCode::kNotFound, "HEAD");
}

}  // namespace
}  // namespace mooring
