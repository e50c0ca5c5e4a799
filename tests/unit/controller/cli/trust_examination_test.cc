// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/trust_examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/git/signing_keys.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Verdict = TrustFinding::Verdict;

class TrustExamination : public ::testing::Test {
 protected:
  TrustExamination() {
    SourceConfig& source = config_.sources.emplace_back();
    source.url = repo_.path();
    source.branch = "main";
    source.verify.allowed_signers_file = dir_.File("allowed");
    dir_.Write("allowed", key_.AllowedLine("ops@example.com"));
    repo_.Write("a.yaml", "a");
  }
  TrustFinding Only() {
    const auto findings = ExamineTrust(config_, {});
    EXPECT_THAT(findings, SizeIs(1));
    return findings.empty() ? TrustFinding() : findings.front();
  }

  TempDir dir_;
  TempGitRepo repo_;
  const SshSigningKey key_;
  Config config_;
};

TEST_F(TrustExamination, TriesTheNewestCommit) {
  const std::string first = repo_.Commit("first");
  EXPECT_EQ(Only().verdict, Verdict::kBad);
  EXPECT_THAT(Only().text, HasSubstr("\"first\" by Ada Operator is not signed"));
  repo_.SignWith([this](const std::string& payload) { return key_.Sign(payload); });
  const std::string second = repo_.Commit("second");
  EXPECT_EQ(Only(), (TrustFinding{Verdict::kGood, "fleet: main@" + second.substr(0, 7) +
                                                      " is signed by ops@example.com"}));
}

TEST_F(TrustExamination, NamesAFileThatCannotBeUsed) {
  repo_.Commit("first");
  dir_.Write("allowed", "");
  EXPECT_EQ(Only().verdict, Verdict::kBad);
  EXPECT_THAT(Only().text, HasSubstr("has no key in it"));
}

TEST_F(TrustExamination, WhatIsNotHereYetIsANote) {
  config_.sources[0].url = "https://git.example.com/fleet.git";
  config_.store_path = dir_.File("store");
  EXPECT_EQ(Only().verdict, Verdict::kNote);
}

TEST_F(TrustExamination, SaysNothingWhereNothingIsAskedFor) {
  config_.sources[0].verify = {};
  EXPECT_THAT(ExamineTrust(config_, {}), IsEmpty());
}

}  // namespace
}  // namespace mooring::cli
