// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/secret_opener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/manifest/secret_text.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::secret {
namespace {

using ::testing::HasSubstr;

const HostKey kKey = HostKey::FromBytes(std::string(32, 'k'));

/// A child that "decrypts" by giving back what it got, and counts.
class Opening : public ::testing::Test {
 protected:
  Opening() { Restart(); }
  void Restart() {
    vault_ = std::make_unique<Vault>(dir_.File("vault"), kKey);
    opener_ = std::make_unique<SecretOpener>(
        SecretOpener::Options{.sops = {.binary = "/bin/true"},
                              .providers = {{.name = "files", .directory = dir_.path()}},
                              .read = manifest::SecretsInText,
                              .run =
                                  [this](const process::Command& command, const std::stop_token&) {
                                    ++runs_;
                                    return Result<process::Outcome>(process::Ended{
                                        .exit_code = exit_code_, .output = command.input});
                                  }},
        kKey, *vault_, clock_);
  }
  static std::string Text(const std::string& name, const std::string& value) {
    return fmt::format("kind: Secret\nmetadata: {{name: {}}}\nspec: {{data: {{key: {}}}}}\n", name,
                       value);
  }
  static Resource Secret(const std::string& name, const std::string& text) {
    Resource secret{.key = {"Secret", "default", name}};
    secret.spec = {{"data", {{"key", "ENC"}}}};
    secret.encrypted = {{"secrets/" + name + ".yaml", std::make_shared<const std::string>(text)}};
    secret.source.file = "secrets/" + name + ".yaml";
    return secret;
  }
  std::string Open(const Resource& secret) {
    const auto data = opener_->Open(secret, {});
    return data ? (*data)->at("key").Reveal() : data.error().ToString();
  }
  void Apply(const Resource& secret) {
    ASSERT_TRUE(vault_->Put(secret.key, {opener_->OriginOf(secret), *opener_->Open(secret, {})}));
  }

  TempDir dir_;
  testing::FakeClock clock_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<SecretOpener> opener_;
  int runs_ = 0;
  int exit_code_ = 0;
};

TEST_F(Opening, HappensOnceForEachContent) {
  const Resource first = Secret("a", Text("a", "one"));
  EXPECT_EQ(Open(first), "one");
  EXPECT_EQ(Open(first), "one");
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(Open(Secret("a", Text("a", "two"))), "two");
  EXPECT_EQ(runs_, 2);
}

TEST_F(Opening, OfManySecretsThatDidNotChangeRunsNothing) {
  constexpr int kMany = 500;
  std::vector<Resource> secrets;
  for (int i = 0; i < kMany; ++i) {
    const std::string name = fmt::format("s{}", i);
    secrets.push_back(Secret(name, Text(name, fmt::format("value {}", i))));
    Apply(secrets.back());
  }
  EXPECT_EQ(runs_, kMany);
  for (const Resource& secret : secrets) Open(secret);
  Restart();
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(Open(secrets[i]), fmt::format("value {}", i));
  EXPECT_EQ(runs_, kMany) << "neither a resync nor a restart opens one again";
}

TEST_F(Opening, OfWhatWasEncryptedAnewIsNotedOnce) {
  Apply(Secret("a", Text("a", "one")));
  opener_->RenewIn(*vault_);
  const Resource again = Secret("a", Text("a", "one") + "# encrypted anew\n");
  EXPECT_EQ(Open(again), "one");
  EXPECT_EQ(runs_, 2);
  Restart();
  EXPECT_EQ(Open(again), "one");
  EXPECT_EQ(runs_, 2);
}

TEST_F(Opening, OfOneFileServesAllItsSecrets) {
  const std::string both = Text("a", "one") + "---\n" + Text("b", "two");
  EXPECT_EQ(Open(Secret("a", both)), "one");
  EXPECT_EQ(Open(Secret("b", both)), "two");
  EXPECT_EQ(runs_, 1);
}

TEST_F(Opening, LaysAnOverlayOverWhatIsBelow) {
  Resource secret =
      Secret("a", "kind: Secret\nmetadata: {name: a}\nspec: {data: {x: 1, key: 2}}\n");
  secret.spec = {{"data", {{"x", "ENC"}, {"key", "ENC"}}}};
  secret.encrypted.push_back(
      {"overlays/staging/a.yaml", std::make_shared<const std::string>(Text("a", "over"))});
  const auto data = opener_->Open(secret, {});
  ASSERT_TRUE(data);
  EXPECT_EQ((*data)->at("x").Reveal(), "1");
  EXPECT_EQ((*data)->at("key").Reveal(), "over");
}

TEST_F(Opening, ThatFailsIsTriedAgainAndKeepsNothing) {
  exit_code_ = 51;
  const Resource secret = Secret("a", Text("a", "hunter2"));
  EXPECT_THAT(Open(secret), HasSubstr("was changed outside of SOPS"));
  EXPECT_EQ(opener_->Applied(secret.key), nullptr);
  exit_code_ = 0;
  EXPECT_EQ(Open(secret), "hunter2");
}

TEST_F(Opening, OfSomethingElseThanItsSecretIsAnError) {
  EXPECT_THAT(Open(Secret("a", Text("b", "one"))), HasSubstr("has no value for key"));
  EXPECT_THAT(Open(Secret("a", "a: [hunter2")), HasSubstr("no YAML that can be read"));
}

TEST_F(Opening, AsksAProviderAgainWhenItsAnswerIsOld) {
  Resource secret{.key = {"Secret", "default", "p"}};
  secret.spec = {{"provider", "files"}, {"keys", {{"key", "token"}}}};
  dir_.Write("token", "one\n");
  EXPECT_EQ(Open(secret), "one");
  dir_.Write("token", "two\n");
  EXPECT_EQ(Open(secret), "one");
  clock_.Advance(std::chrono::minutes(6));
  EXPECT_EQ(Open(secret), "two");
  secret.spec["provider"] = "nobody";
  EXPECT_THAT(Open(secret),
              HasSubstr("this host has no provider nobody; mooring.yaml names: files"));
}

TEST_F(Opening, LeavesNothingInClearOnTheDisk) {
  Apply(Secret("a", Text("a", "hunter2")));
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_EQ(text.str().find("hunter2"), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 1U);
  Vault other(dir_.File("vault"), HostKey::FromBytes(std::string(32, 'x')));
  EXPECT_FALSE(other.Find({"Secret", "default", "a"})) << "sealed with another key";
  EXPECT_EQ(vault_->Keys(), (std::vector<ResourceKey>{{"Secret", "default", "a"}}));
  ASSERT_TRUE(vault_->Remove({"Secret", "default", "a"}));
  EXPECT_TRUE(vault_->Keys().empty());
}

}  // namespace
}  // namespace mooring::secret
