// SPDX-License-Identifier: Apache-2.0
#include "controller/source/commit_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/git/signing_keys.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Mode = CommitVerifier::Mode;

class CommitVerifierTest : public ::testing::Test {
 protected:
  CommitVerifierTest() {
    Allow(key_.AllowedLine("ops@example.com"));
    repo_.Write("a.yaml", "a");
  }
  void Allow(const std::string& lines) { dir_.Write("allowed", lines); }
  std::string Commit(const SshSigningKey* key, const std::string& message) {
    SignWith(key);
    return repo_.Commit(message);
  }
  void SignWith(const SshSigningKey* key) {
    if (key == nullptr) return repo_.SignWith(nullptr);
    repo_.SignWith([key](const std::string& payload) { return key->Sign(payload); });
  }
  CommitVerifier Verifier(Mode mode) {
    return {{.location = repo_.path(),
             .mode = mode,
             .trusted = {.allowed_signers_file = dir_.File("allowed"), .gpg_keyring_file = ""},
             .max_commits = 4,
             .run =
                 [this](const process::Command& command, const std::stop_token& stop) {
                   ++started_;
                   return process::RunChild(command, stop);
                 }},
            clock_};
  }
  static std::string Ask(CommitVerifier& verifier, const std::string& commit,
                         const std::string& in_force = "") {
    const auto signer = verifier.Verify({"main", commit}, {"main", in_force}, {});
    if (signer) return *signer;
    EXPECT_EQ(signer.error().reason(), reason::kSignatureInvalid);
    return signer.error().ToString();
  }

  testing::FakeClock clock_;
  TempDir dir_;
  TempGitRepo repo_;
  const SshSigningKey key_;
  const SshSigningKey foreign_;
  int started_ = 0;
};

TEST_F(CommitVerifierTest, OfHeadOnlyTheNewestCounts) {
  CommitVerifier verifier = Verifier(Mode::kHead);
  const std::string first = Commit(nullptr, "first");
  EXPECT_EQ(Ask(verifier, first),
            "commit " + first.substr(0, 7) +
                " \"first\" by Ada Operator is not signed; sign it (git commit --amend -S) and "
                "push again, or push a signed commit on top");
  const std::string second = Commit(&key_, "second");
  EXPECT_EQ(Ask(verifier, second), "ops@example.com");
  EXPECT_THAT(Ask(verifier, Commit(&foreign_, "third")),
              AllOf(HasSubstr("\"third\" by Ada Operator is signed with the ED25519 key SHA256:"),
                    HasSubstr("which is not in " + dir_.File("allowed"))));
}

TEST_F(CommitVerifierTest, OfAllEveryOneSinceWhatIsInForceCounts) {
  CommitVerifier verifier = Verifier(Mode::kAll);
  const std::string base = Commit(nullptr, "before anybody signed");
  const std::string one = Commit(&key_, "one");
  const std::string two = Commit(&key_, "two");
  EXPECT_EQ(Ask(verifier, two, base), "ops@example.com");
  Commit(nullptr, "three");
  const std::string four = Commit(&key_, "four");
  EXPECT_THAT(Ask(verifier, four, two),
              AllOf(HasSubstr("\"three\" by Ada Operator is not signed; every commit must be"),
                    HasSubstr("git rebase --exec")));
  EXPECT_EQ(Ask(verifier, four, four), "ops@example.com");
  EXPECT_EQ(Ask(verifier, one, two), "ops@example.com") << "an earlier one is itself judged";
  EXPECT_THAT(Ask(verifier, base, two), HasSubstr("is not signed"));
  EXPECT_EQ(Ask(verifier, four), "ops@example.com") << "nothing is in force: the newest alone";
}

TEST_F(CommitVerifierTest, OfAllBothSidesOfAMergeCount) {
  CommitVerifier verifier = Verifier(Mode::kAll);
  const std::string base = Commit(&key_, "base");
  repo_.SetBranch("side", base);
  Commit(&key_, "main goes on");
  repo_.Switch("side");
  Commit(&foreign_, "beside");
  repo_.Switch("main");
  SignWith(&key_);
  const std::string merge = repo_.Merge("side", "merge");
  EXPECT_THAT(Ask(verifier, merge, base), HasSubstr("\"beside\" by Ada Operator is signed with"));
  Allow(key_.AllowedLine("ops@example.com") + foreign_.AllowedLine("dev@example.com"));
  EXPECT_EQ(Ask(verifier, merge, base), "ops@example.com");
}

TEST_F(CommitVerifierTest, OfARewrittenHistoryWhatIsNewCounts) {
  CommitVerifier verifier = Verifier(Mode::kAll);
  const std::string base = Commit(&key_, "base");
  const std::string before = Commit(&key_, "before");
  repo_.SetBranch("main", base);
  Commit(nullptr, "other");
  const std::string after = Commit(&key_, "after");
  EXPECT_THAT(Ask(verifier, after, before), HasSubstr("\"other\" by Ada Operator is not signed"));
  EXPECT_EQ(Ask(verifier, after, std::string(40, 'a')), "ops@example.com");
}

TEST_F(CommitVerifierTest, MoreCommitsThanAreCheckedAtOnceAreRefused) {
  CommitVerifier verifier = Verifier(Mode::kAll);
  const std::string base = Commit(&key_, "base");
  std::string last;
  for (int i = 0; i <= 4; ++i) last = Commit(nullptr, "more");
  EXPECT_THAT(Ask(verifier, last, base),
              AllOf(HasSubstr("has more than 4 commits that are not in main@"),
                    HasSubstr("push fewer at a time")));
  EXPECT_EQ(started_, 0);
}

TEST_F(CommitVerifierTest, AskingAgainStartsNoProcess) {
  CommitVerifier verifier = Verifier(Mode::kAll);
  const std::string base = Commit(&key_, "base");
  Commit(&key_, "one");
  const std::string two = Commit(&key_, "two");
  const std::string foreign = Commit(&foreign_, "three");
  EXPECT_EQ(Ask(verifier, two, base), "ops@example.com");
  EXPECT_EQ(started_, 4);
  EXPECT_THAT(Ask(verifier, foreign, base), HasSubstr("SHA256:"));
  EXPECT_EQ(started_, 6);
  EXPECT_EQ(Ask(verifier, two, base), "ops@example.com");
  EXPECT_THAT(Ask(verifier, foreign, base), HasSubstr("SHA256:"));
  EXPECT_EQ(started_, 6);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Ask(verifier, two, two), "ops@example.com");
  EXPECT_EQ(started_, 8) << "a key may have expired meanwhile";
}

TEST_F(CommitVerifierTest, AChangedFileOfSignersCountsAtOnce) {
  CommitVerifier verifier = Verifier(Mode::kHead);
  const std::string head = Commit(&foreign_, "head");
  EXPECT_THAT(Ask(verifier, head), HasSubstr("which is not in"));
  Allow(foreign_.AllowedLine("new@example.com"));
  EXPECT_EQ(Ask(verifier, head), "new@example.com");
  Allow(key_.AllowedLine("ops@example.com") + "# foreign is gone\n");
  EXPECT_THAT(Ask(verifier, head), HasSubstr("which is not in"));
}

TEST_F(CommitVerifierTest, ASignatureOfAnotherCommitDoesNotFit) {
  std::string taken;
  repo_.SignWith([&](const std::string& payload) { return taken = key_.Sign(payload); });
  repo_.Commit("signed");
  repo_.SignWith([&](const std::string&) { return taken; });
  repo_.Write("a.yaml", "evil");
  CommitVerifier verifier = Verifier(Mode::kHead);
  EXPECT_THAT(Ask(verifier, repo_.Commit("signed")), HasSubstr("was changed after it was signed"));
}

TEST_F(CommitVerifierTest, HostileTextsOfACommitDoNotReachTheTerminal) {
  CommitVerifier verifier = Verifier(Mode::kHead);
  EXPECT_THAT(Ask(verifier, Commit(nullptr, "caf\xc3\xa9 \x1b[31m\xff")),
              HasSubstr("\"caf\xc3\xa9 ?[31m?\" by"));
}

TEST_F(CommitVerifierTest, ARepositoryThatCannotBeReadIsNoVerdict) {
  const std::string head = Commit(&key_, "head");
  CommitVerifier verifier = Verifier(Mode::kHead);
  const auto other = verifier.Verify({"main", std::string(40, 'b')}, {}, {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().reason(), "");
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = verifier.Verify({"main", head}, {}, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mooring
