// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::tokens {
namespace {

class TokenVerifierTest : public ::testing::Test {
 protected:
  std::string Create(const std::string& name, Role role = Role::kRead) {
    return file_.Create({.name = name, .role = role})->text.Reveal();
  }
  testing::FakeClock clock_;
  TempDir dir_;
  const std::string path_ = dir_.File("tokens.json");
  const TokenFile file_{path_, clock_};
  TokenVerifier verifier_{path_, clock_};
};

TEST_F(TokenVerifierTest, KnowsWhoATokenIs) {
  EXPECT_EQ(verifier_.Verify("mrg_").error().code(), ErrorCode::kUnauthenticated);
  const std::string text = Create("bot", Role::kOperate);
  const auto caller = verifier_.Verify(text);
  ASSERT_TRUE(caller) << caller.error().ToString();
  EXPECT_EQ(caller->name, "bot");
  EXPECT_EQ(caller->role, Role::kOperate);
  EXPECT_FALSE(caller->unlimited);
}

TEST_F(TokenVerifierTest, RefusesWhatIsNearlyRight) {
  const std::string text = Create("bot");
  for (std::string wrong : {text + "0", text.substr(0, text.size() - 1), std::string(), "x" + text,
                            text.substr(0, 13) + std::string(64, '0')}) {
    EXPECT_EQ(verifier_.Verify(wrong).error().code(), ErrorCode::kUnauthenticated) << wrong;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    std::string wrong = text;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    EXPECT_FALSE(verifier_.Verify(wrong)) << i;
  }
}

TEST_F(TokenVerifierTest, SeesEachChangeAtOnce) {
  const std::string one = Create("one");
  ASSERT_TRUE(verifier_.Verify(one));
  const std::string two = Create("two");
  const auto caller = verifier_.Verify(two);
  ASSERT_TRUE(caller);
  EXPECT_TRUE(verifier_.StillValid(caller->id));
  ASSERT_TRUE(file_.Revoke("two"));
  EXPECT_FALSE(verifier_.Verify(two));
  EXPECT_FALSE(verifier_.StillValid(caller->id));
  EXPECT_TRUE(verifier_.Verify(one));
  std::filesystem::remove(path_);
  EXPECT_FALSE(verifier_.Verify(one));
}

TEST_F(TokenVerifierTest, ATokenEndsWhenItExpires) {
  const auto made = file_.Create({.name = "brief", .lifetime = std::chrono::hours(1)});
  const std::string text = made->text.Reveal();
  EXPECT_TRUE(verifier_.Verify(text));
  clock_.Advance(std::chrono::minutes(61));
  EXPECT_EQ(verifier_.Verify(text).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_FALSE(verifier_.StillValid(made->token.id));
}

TEST_F(TokenVerifierTest, AFileThatCannotBeReadLetsNobodyIn) {
  const std::string text = Create("bot");
  ASSERT_TRUE(verifier_.Verify(text));
  ::chmod(path_.c_str(), 0644);
  EXPECT_EQ(verifier_.Verify(text).error().code(), ErrorCode::kUnavailable);
  ::chmod(path_.c_str(), 0600);
  EXPECT_TRUE(verifier_.Verify(text)) << "it is tried again until it can be read";
}

}  // namespace
}  // namespace mooring::tokens
