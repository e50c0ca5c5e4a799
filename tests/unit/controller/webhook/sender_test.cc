// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/sender.h"

#include <gmock/gmock.h>

#include "tests/support/webhook/sign.h"

namespace mooring::webhook {
namespace {

constexpr char kSecret[] = "It's a Secret to Everybody";
constexpr char kBody[] = "Hello, World!";
/// From GitHub's own documentation.
constexpr char kDigest[] = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

Signature Check(Sender sender, const Headers& headers, std::string_view body = kBody) {
  return CheckSignature(sender, SecretString(kSecret), headers, body);
}

TEST(Sender, EachHasAName) {
  for (const Sender sender :
       {Sender::kGithub, Sender::kGitlab, Sender::kGitea, Sender::kGenericHmac})
    EXPECT_EQ(ParseSender(SenderName(sender)), sender);
  EXPECT_EQ(ParseSender("gogs"), std::nullopt);
}

TEST(Sender, EachSignsInItsOwnHeader) {
  const std::string prefixed = std::string("sha256=") + kDigest;
  EXPECT_EQ(Check(Sender::kGithub, {{"x-hub-signature-256", prefixed}}), Signature::kValid);
  EXPECT_EQ(Check(Sender::kGitlab, {{"x-gitlab-token", kSecret}}), Signature::kValid);
  EXPECT_EQ(Check(Sender::kGitea, {{"x-gitea-signature", kDigest}}), Signature::kValid);
  EXPECT_EQ(Check(Sender::kGitea, {{"x-forgejo-signature", kDigest}}), Signature::kValid);
  EXPECT_EQ(Check(Sender::kGenericHmac, {{"x-mooring-signature", prefixed}}), Signature::kValid);
  EXPECT_EQ(Check(Sender::kGenericHmac, {{"x-hub-signature-256", prefixed}}), Signature::kValid);
}

TEST(Sender, TheSignatureOfAnotherKindOfSenderIsNone) {
  EXPECT_EQ(Check(Sender::kGithub, {}), Signature::kMissing);
  EXPECT_EQ(Check(Sender::kGithub, {{"x-hub-signature-256", ""}}), Signature::kMissing);
  EXPECT_EQ(Check(Sender::kGithub, {{"x-hub-signature", "sha1=00"}}), Signature::kMissing);
  EXPECT_EQ(Check(Sender::kGithub, {{"x-gitlab-token", kSecret}}), Signature::kMissing);
  EXPECT_EQ(Check(Sender::kGitlab, {{"x-gitea-signature", kDigest}}), Signature::kMissing);
}

TEST(Sender, WhoDoesNotKnowTheSecretOrChangedTheBodyIsWrong) {
  EXPECT_EQ(Check(Sender::kGithub, {{"x-hub-signature-256", kDigest}}), Signature::kWrong);
  EXPECT_EQ(Check(Sender::kGithub, {{"x-hub-signature-256", "sha256="}}), Signature::kWrong);
  EXPECT_EQ(Check(Sender::kGitea, {{"x-gitea-signature", kDigest}}, "Hello, World"),
            Signature::kWrong);
  EXPECT_EQ(Check(Sender::kGitea, {{"x-gitea-signature", testing::Sign("another", kBody)}}),
            Signature::kWrong);
  EXPECT_EQ(Check(Sender::kGitlab, {{"x-gitlab-token", "another"}}), Signature::kWrong);
  // A right one in the second header does not help a wrong one in the first.
  EXPECT_EQ(Check(Sender::kGitea, {{"x-gitea-signature", "00"}, {"x-forgejo-signature", kDigest}}),
            Signature::kWrong);
}

TEST(Sender, TheEnvelopeIsFitForATerminal) {
  const Envelope envelope = ReadEnvelope(
      Sender::kGithub,
      {{"x-github-event", "pu\x1b[31msh\xff"}, {"x-github-delivery", std::string(5000, 'x')}});
  EXPECT_EQ(envelope.event, "pu?[31msh?");
  EXPECT_EQ(envelope.id.size(), 100U);
  EXPECT_EQ(ReadEnvelope(Sender::kGitlab, {{"x-gitlab-event", "Push Hook"},
                                           {"x-gitlab-event-uuid", "1"},
                                           {"idempotency-key", "2"}})
                .id,
            "2");
  EXPECT_EQ(ReadEnvelope(Sender::kGenericHmac, {{"x-github-event", "push"}}).event, "");
}

TEST(Sender, KnowsWhichEventsArePushes) {
  EXPECT_TRUE(IsPush(Sender::kGithub, "push"));
  EXPECT_TRUE(IsPush(Sender::kGitlab, "Push Hook"));
  EXPECT_TRUE(IsPush(Sender::kGitlab, "Tag Push Hook"));
  EXPECT_FALSE(IsPush(Sender::kGitlab, "push"));
  EXPECT_FALSE(IsPush(Sender::kGitea, "pull_request"));
}

}  // namespace
}  // namespace mooring::webhook
