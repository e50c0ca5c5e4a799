// SPDX-License-Identifier: Apache-2.0
// What of fetching needs no server: URLs are in location_test, the servers in tests/contract/git.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "controller/git/fetch_error.h"
#include "controller/git/fetch_protocol.h"
#include "controller/git/ignore_rules.h"
#include "controller/git/known_hosts.h"
#include "controller/git/library.h"
#include "controller/git/private_file.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::git {
namespace {

// As libgit2 numbers them.
constexpr int kEauth = -16;
constexpr int kEeof = -20;
constexpr int kErrorOdb = 9;
constexpr int kErrorNet = 12;

using testing::HasSubstr;
using testing::Not;

std::string TextOf(const std::string& url, int code, const std::string& message,
                   const std::string& credential = "", bool shown = false) {
  return Translate({.code = code,
                    .message = message,
                    .url = ParseRemoteUrl(url).value(),
                    .credential = credential,
                    .credential_shown = shown})
      .ToString();
}

TEST(FetchError, SaysTheCauseInPlainWords) {
  const std::string url = "https://git.example.com/fleet.git";
  EXPECT_THAT(TextOf(url, -1, "failed to resolve address for git.example.com: Name or service not"),
              HasSubstr("the name git.example.com cannot be resolved"));
  EXPECT_THAT(TextOf(url, -1, "failed to connect to x: Connection refused"),
              HasSubstr("nothing listens there"));
  EXPECT_THAT(TextOf(url, -1, "unexpected http status code: 404"), HasSubstr("auth.tokenFile"));
  EXPECT_THAT(TextOf(url, -1, "unexpected http status code: 403", "the token in /t"),
              HasSubstr("see what the token in /t may do"));
  EXPECT_THAT(TextOf(url, -1, "SSL error: 0xffffffff - ERROR - Generic error"),
              HasSubstr("hung up while TLS began"));
  EXPECT_THAT(TextOf(url, -1, "SSL error: 0xffff8880 - A fatal alert"), HasSubstr("up to 1.2"));
  EXPECT_THAT(TextOf(url, kEeof, "remote: \x1b[31mno\nsuch thing\n"),
              HasSubstr("the server says: remote: ?[31mno such thing"));
}

TEST(FetchError, NamesTheCredentialThatWasRefused) {
  EXPECT_THAT(TextOf("https://h/x", kEauth, ""), HasSubstr("auth.tokenFile"));
  EXPECT_THAT(TextOf("https://h/x", kEauth, "", "the token in /t", true),
              HasSubstr("the server refuses the token in /t"));
  EXPECT_THAT(TextOf("ssh://git@h/x", kEauth, "", "the private key /k", true),
              HasSubstr("the server refuses the private key /k; add its public half"));
}

TEST(FetchError, WhatIsDamagedHereIsNotTheServers) {
  Failure failure{.code = -1, .kind = kErrorOdb, .message = "corrupted loose object"};
  EXPECT_EQ(Translate(failure).code(), ErrorCode::kDataLoss);
  failure.kind = kErrorNet;
  EXPECT_EQ(Translate(failure).code(), ErrorCode::kUnavailable);
}

TEST(FetchProtocol, RequestAndResultPassUnchanged) {
  const FetchRequest request{.url = "ssh://git@h/x",
                             .mirror = "/m",
                             .tag = "v1",
                             .username = "me",
                             .token_file = "/t",
                             .private_key_file = "/k",
                             .known_hosts_file = "/h",
                             .max_bytes = 7,
                             .only_look = true,
                             .anew = true};
  EXPECT_EQ(DecodeRequest(EncodeRequest(request)).value(), request);
  const FetchResult result{"4b1c9e2", "damaged", 42};
  EXPECT_EQ(DecodeResult(EncodeResult(result)).value(), result);
  const auto error = DecodeResult(EncodeResult(Fail(ErrorCode::kUnauthenticated, "no \xff key")));
  EXPECT_EQ(error.error().code(), ErrorCode::kUnauthenticated);
  EXPECT_THAT(error.error().ToString(), HasSubstr("no "));
  EXPECT_EQ(DecodeResult("Killed").error().code(), ErrorCode::kInternal);
}

TEST(FetchProtocol, ARequestThatIsNoneIsAnAnswerToo) {
  std::istringstream in("nonsense");
  std::ostringstream out;
  std::ostringstream progress;
  EXPECT_EQ(ServeFetch(in, out, progress), 1);
  EXPECT_THAT(DecodeResult(out.str()).error().ToString(), HasSubstr("read the request"));
}

TEST(PrivateFile, IsForItsOwnerOnly) {
  const TempDir dir;
  dir.Write("token", "s3cret\n");
  ASSERT_EQ(chmod(dir.File("token").c_str(), 0640), 0);
  const auto open = ReadPrivateFile(dir.File("token"), "the token");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().ToString(), HasSubstr("(mode 0640); do: chmod 600 "));
  EXPECT_THAT(open.error().ToString(), Not(HasSubstr("s3cret")));
  ASSERT_EQ(chmod(dir.File("token").c_str(), 0600), 0);
  EXPECT_EQ(ReadPrivateFile(dir.File("token"), "the token")->Reveal(), "s3cret\n");
  EXPECT_EQ(ReadPrivateFile(dir.File("none"), "the token").error().code(), ErrorCode::kNotFound);
}

TEST(PrivateFile, TellsKeysApart) {
  EXPECT_EQ(InspectKey("PuTTY-User-Key-File-3: ssh-ed25519\n").problem, KeyProblem::kPutty);
  EXPECT_EQ(InspectKey("ssh-ed25519 AAAA me").problem, KeyProblem::kPublic);
  EXPECT_EQ(InspectKey("hello").problem, KeyProblem::kNoKey);
  EXPECT_EQ(InspectKey("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n").problem, KeyProblem::kNoKey);
  EXPECT_EQ(InspectKey("-----BEGIN ENCRYPTED PRIVATE KEY-----\n").problem, KeyProblem::kEncrypted);
  const KeyFacts rsa = InspectKey("-----BEGIN RSA PRIVATE KEY-----\nMII\n");
  EXPECT_EQ(rsa.problem, KeyProblem::kNone);
  EXPECT_TRUE(rsa.rsa);
}

TEST(KnownHosts, PutsTheKindsThatWorkFirst) {
  const TempDir dir;
  dir.Write("known", "# comment\n\nh ssh-rsa A\nh ecdsa-sha2-nistp256 B\nh ssh-ed25519 C\n");
  EXPECT_EQ(PreferredFirst(dir.File("known")),
            "h ssh-ed25519 C\nh ecdsa-sha2-nistp256 B\nh ssh-rsa A\n");
  EXPECT_EQ(PreferredFirst(dir.File("none")), "");
}

TEST(IgnoreRules, AreThoseOfGitignore) {
  const Library library;
  const auto rules = IgnoreRules::Make({"daemon/", "*.md", "!keep.md", "/top.yaml"}).value();
  for (const char* path : {"daemon/mooring.yaml", "sub/daemon/x", "a.md", "top.yaml"})
    EXPECT_TRUE(rules->Matches(path).value()) << path;
  for (const char* path : {"daemon", "keep.md", "sub/top.yaml", "apps/a.yaml"})
    EXPECT_FALSE(rules->Matches(path).value()) << path;
}

}  // namespace
}  // namespace mooring::git
