// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/git/repository.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring::git {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr char kSignature[] =
    "-----BEGIN SSH SIGNATURE-----\nAAAA\n\nBBBB\n-----END SSH SIGNATURE-----";

class CommitSignatures : public ::testing::Test {
 protected:
  /// A signed commit; what was signed is in `payload_`.
  std::string Signed(const std::string& message) {
    repo_.SignWith([this](const std::string& payload) {
      payload_ = payload;
      return std::string(kSignature);
    });
    const std::string id = repo_.Commit(message);
    repo_.SignWith(nullptr);
    return id;
  }
  Result<CommitSignature> Read(const std::string& id) const {
    return (*Repository::Open(repo_.path()))->ReadSignature(id);
  }
  /// The signed bytes with `lines` put behind the committer's line.
  std::string With(const std::string& lines) const {
    std::string bytes = payload_;
    return bytes.insert(bytes.find("\n\n") + 1, lines);
  }
  Result<std::vector<std::string>> Since(const std::string& base, const std::string& commit,
                                         size_t max = 100) const {
    return (*Repository::Open(repo_.path()))->CommitsSince(base, commit, max);
  }

  TempGitRepo repo_;
  std::string payload_;
};

TEST_F(CommitSignatures, ASignatureAndWhatWasSigned) {
  repo_.Write("a.yaml", "a");
  const auto read = Read(Signed("first\n\nbody\n"));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->text, kSignature);
  EXPECT_EQ(read->payload, payload_);
  EXPECT_THAT(read->payload, HasSubstr("\n\nfirst\n\nbody\n"));
  EXPECT_EQ(Read(repo_.Commit("second"))->text, "");
}

TEST_F(CommitSignatures, ASignatureInTheMessageIsNone) {
  const auto read = Read(repo_.Commit(
      "subject\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->text, "");
}

TEST_F(CommitSignatures, WhatLeavesOpenWhatWasSignedIsNoSignature) {
  Signed("first");
  const auto twice = Read(repo_.CommitBytes(With("gpgsig one\ngpgsig two\n")));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(twice.error().ToString(), "has more than one signature");
  const auto zero = Read(repo_.CommitBytes(With("gpgsig one\n") + '\0' + "more"));
  ASSERT_FALSE(zero);
  EXPECT_EQ(zero.error().ToString(), "has a zero byte in it");
}

TEST_F(CommitSignatures, ACommitThatIsNotThere) {
  EXPECT_EQ(Read(std::string(40, 'a')).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(Read("main").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(CommitSignatures, CommitsSinceAreAllOfAMerge) {
  const std::string first = repo_.Commit("first");
  repo_.SetBranch("side", first);
  const std::string second = repo_.Commit("second");
  repo_.Switch("side");
  const std::string beside = repo_.Commit("beside");
  repo_.Switch("main");
  const std::string merge = repo_.Merge("side", "merge");
  const auto all = Since(first, merge);
  ASSERT_TRUE(all) << all.error().ToString();
  EXPECT_THAT(*all, UnorderedElementsAre(second, beside, merge));
  EXPECT_EQ(all->back(), merge);
  EXPECT_THAT(*Since(second, merge), ElementsAre(beside, merge));
  EXPECT_THAT(*Since(merge, first), ElementsAre());
  EXPECT_THAT(*Since(beside, second), ElementsAre(second)) << "from where they parted";
}

TEST_F(CommitSignatures, CommitsSinceAnUnknownOneAreTheNewestAlone) {
  repo_.Commit("first");
  const std::string second = repo_.Commit("second");
  EXPECT_THAT(*Since(std::string(40, 'a'), second), ElementsAre(second));
  repo_.Switch("other");
  const std::string unrelated = repo_.Commit("unrelated");
  EXPECT_THAT(*Since(second, unrelated), ElementsAre(unrelated));
}

TEST_F(CommitSignatures, CommitsSinceAreBounded) {
  const std::string first = repo_.Commit("0");
  std::string last;
  for (int i = 1; i <= 5; ++i) last = repo_.Commit(std::to_string(i));
  EXPECT_EQ(Since(first, last, 5)->size(), 5U);
  EXPECT_EQ(Since(first, last, 4).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mooring::git
