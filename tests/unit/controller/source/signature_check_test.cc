// SPDX-License-Identifier: Apache-2.0
#include "controller/source/signature_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/git/signing_keys.h"

namespace mooring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPayload[] = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nshop 1.8.2\n";
constexpr char kAda[] = "Ada Operator <ada@example.com>";

std::string Shown(const Result<std::string>& result) {
  return result ? "good: " + *result : result.error().ToString();
}

class SshSignatures : public ::testing::Test {
 protected:
  void Allow(const std::string& lines) { dir_.Write("allowed_signers", lines); }
  std::string Check(const std::string& signature, const std::string& payload = kPayload) {
    return Shown(check_.Check({signature, payload}, {}));
  }

  TempDir dir_;
  const std::string file_ = dir_.File("allowed_signers");
  const SignatureCheck check_{{.allowed_signers_file = file_, .gpg_keyring_file = ""}};
  const SshSigningKey key_;
  const SshSigningKey other_;
};

TEST_F(SshSignatures, AnAllowedSigner) {
  Allow("# who may\n" + other_.AllowedLine("dev@example.com") +
        key_.AllowedLine("ops@example.com", "namespaces=\"git\""));
  EXPECT_EQ(Check(key_.Sign(kPayload)), "good: ops@example.com");
  EXPECT_EQ(Check(other_.Sign(kPayload)), "good: dev@example.com");
}

TEST_F(SshSignatures, AKeyWithSeveralPrincipalsIsTheFirst) {
  Allow(key_.AllowedLine("ops@example.com,root@example.com", "namespaces=\"git\""));
  EXPECT_EQ(Check(key_.Sign(kPayload)), "good: ops@example.com");
}

TEST_F(SshSignatures, NoSignature) {
  Allow(key_.AllowedLine("ops@example.com"));
  EXPECT_EQ(Check(""), "is not signed");
  EXPECT_THAT(Check("-----BEGIN SIGNED MESSAGE-----\n"), HasSubstr("neither SSH's nor GPG's"));
}

TEST_F(SshSignatures, AForeignKeyIsNamed) {
  Allow(key_.AllowedLine("ops@example.com"));
  EXPECT_THAT(Check(other_.Sign(kPayload)),
              AllOf(HasSubstr("is signed with the ED25519 key SHA256:"),
                    HasSubstr(", which is not in " + file_ + "; add it there if its owner")));
}

TEST_F(SshSignatures, WhatWasChangedAfterwards) {
  Allow(key_.AllowedLine("ops@example.com"));
  EXPECT_THAT(Check(key_.Sign(kPayload), "tree of somebody else\n"),
              HasSubstr("was changed after it was signed"));
  EXPECT_THAT(Check(other_.Sign(kPayload), "tree of somebody else\n"),
              HasSubstr("was changed after it was signed"));
  EXPECT_THAT(Check("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"),
              HasSubstr("was changed after it was signed"));
}

TEST_F(SshSignatures, AKeyThatDoesNotCountNow) {
  Allow(key_.AllowedLine("ops@example.com", "valid-before=\"20200101\"") +
        other_.AllowedLine("dev@example.com", "namespaces=\"file\""));
  EXPECT_THAT(Check(key_.Sign(kPayload)),
              AllOf(HasSubstr("is signed with a key that does not count now ("),
                    HasSubstr("allowed_signers:1: key has expired")));
  EXPECT_THAT(
      Check(other_.Sign(kPayload)),
      HasSubstr(
          "allowed_signers:2: key is not permitted for use in signature namespace \"git\");"));
  Allow(key_.AllowedLine("ops@example.com", "valid-after=\"21000101\""));
  EXPECT_THAT(Check(key_.Sign(kPayload)), HasSubstr("not yet valid"));
}

TEST_F(SshSignatures, ASignatureForSomethingElse) {
  Allow(key_.AllowedLine("ops@example.com"));
  EXPECT_THAT(Check(key_.Sign(kPayload, "file")),
              HasSubstr("for something else than a Git commit"));
}

TEST_F(SshSignatures, AFileThatIsNotThereOrHasNoKey) {
  EXPECT_THAT(Check(key_.Sign(kPayload)), HasSubstr("cannot be read: No such file"));
  Allow("# nobody\n");
  EXPECT_THAT(Check(key_.Sign(kPayload)), HasSubstr("has no key in it"));
}

TEST_F(SshSignatures, WhereOnlyGpgCounts) {
  const SignatureCheck gpg_only({.allowed_signers_file = "", .gpg_keyring_file = "/x"});
  EXPECT_THAT(Shown(gpg_only.Check({key_.Sign(kPayload), kPayload}, {})),
              HasSubstr("only GPG signatures count here"));
}

class GpgSignatures : public ::testing::Test {
 protected:
  void Trust(const std::string& keyring) { dir_.Write("signers.gpg", keyring); }
  std::string Check(const std::string& signature, const std::string& payload = kPayload) {
    return Shown(check_.Check({signature, payload}, {}));
  }

  TempDir dir_;
  const std::string file_ = dir_.File("signers.gpg");
  const SignatureCheck check_{{.allowed_signers_file = "", .gpg_keyring_file = file_}};
  const GpgSigningKeys keys_;
};

TEST_F(GpgSignatures, AKeyOfTheKeyring) {
  keys_.Add(kAda);
  Trust(keys_.Export());
  const std::string signature = keys_.Sign(kPayload, kAda);
  EXPECT_EQ(Check(signature), "good: Ada Operator <ada@example.com>");
  EXPECT_THAT(Check(signature, "something else"), HasSubstr("was changed after it was signed"));
  EXPECT_THAT(Check(signature + signature), HasSubstr("has a signature that gpgv does not take"));
}

TEST_F(GpgSignatures, AForeignKeyIsNamed) {
  keys_.Add(kAda);
  keys_.Add("Eve <eve@example.com>");
  Trust(keys_.Export("ada@example.com"));
  EXPECT_THAT(Check(keys_.Sign(kPayload, "eve@example.com")),
              AllOf(HasSubstr("is signed with the GPG key "),
                    HasSubstr(", which is not in " + file_ + "; add it there if")));
}

TEST_F(GpgSignatures, AnExpiredAndARevokedKey) {
  keys_.AddExpired("Old <old@example.com>");
  Trust(keys_.Export());
  EXPECT_THAT(
      Check(keys_.SignIn2020(kPayload, "old@example.com")),
      HasSubstr("is signed by Old <old@example.com>, whose key in " + file_ + " has expired"));
  keys_.Add(kAda);
  const std::string signature = keys_.Sign(kPayload, kAda);
  keys_.Revoke(kAda);
  Trust(keys_.Export("ada@example.com"));
  EXPECT_THAT(Check(signature), HasSubstr("whose key in " + file_ + " is revoked"));
}

TEST_F(GpgSignatures, AMessageThatIsSignedInItselfSaysNothingOfTheCommit) {
  keys_.Add(kAda);
  Trust(keys_.Export());
  EXPECT_THAT(Check(keys_.SignInline("anything", kAda)), HasSubstr("does not take"));
}

TEST_F(GpgSignatures, AKeyringThatIsNone) {
  keys_.Add(kAda);
  const std::string signature = keys_.Sign(kPayload, kAda);
  Trust(keys_.Export("", true));
  EXPECT_THAT(Check(signature), HasSubstr("gpg --dearmor"));
  const SignatureCheck ssh_only({.allowed_signers_file = "/x", .gpg_keyring_file = ""});
  EXPECT_THAT(Shown(ssh_only.Check({signature, kPayload}, {})),
              HasSubstr("only SSH signatures count here"));
}

TEST_F(GpgSignatures, BothFilesTogether) {
  keys_.Add(kAda);
  const SshSigningKey ssh;
  Trust(keys_.Export());
  dir_.Write("allowed", ssh.AllowedLine("ops@example.com"));
  const SignatureCheck both(
      {.allowed_signers_file = dir_.File("allowed"), .gpg_keyring_file = file_});
  EXPECT_EQ(Shown(both.Check({keys_.Sign(kPayload, kAda), kPayload}, {})),
            "good: Ada Operator <ada@example.com>");
  EXPECT_EQ(Shown(both.Check({ssh.Sign(kPayload), kPayload}, {})), "good: ops@example.com");
  EXPECT_THAT(both.Problems(), IsEmpty());
}

TEST(SignatureCheck, ProblemsOfFilesAreAllNamed) {
  const SignatureCheck check(
      {.allowed_signers_file = "/absent/allowed", .gpg_keyring_file = "/absent/keys.gpg"});
  const auto problems = check.Problems();
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].ToString(), HasSubstr("/absent/allowed cannot be read: No such file"));
}

TEST(SignatureCheck, AVerifierThatDoesNotAnswerIsNoVerdict) {
  const SshSigningKey key;
  TempDir dir;
  dir.Write("allowed", key.AllowedLine("ops@example.com"));
  const SignatureCheck check(
      {.allowed_signers_file = dir.File("allowed"), .gpg_keyring_file = ""},
      [](const process::Command& command, const std::stop_token&) -> Result<process::Outcome> {
        EXPECT_EQ(std::filesystem::path(command.program).filename(), "ssh-keygen");
        EXPECT_EQ(std::filesystem::status(std::filesystem::path(command.arguments[4]).parent_path())
                      .permissions(),
                  std::filesystem::perms::owner_all);
        return process::Outcome(std::unexpected(process::Cut{process::Cut::Cause::kTotal, ""}));
      });
  const auto checked = check.Check({key.Sign(kPayload), kPayload}, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(checked.error().ToString(), HasSubstr("ssh-keygen did not answer within 30"));
}

}  // namespace
}  // namespace mooring
