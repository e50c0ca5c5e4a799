// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "controller/tokens/cli_token.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::tokens {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

class TokenFileTest : public ::testing::Test {
 protected:
  std::string Text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static mode_t ModeOf(const std::string& file) {
    struct stat info{};
    ::stat(file.c_str(), &info);
    return info.st_mode & 0777;
  }
  SystemClock clock_;
  TempDir dir_;
  const std::string path_ = dir_.File("keys/tokens.json");
  const TokenFile file_{path_, clock_};
};

TEST_F(TokenFileTest, AFileThatIsNotThereHasNoTokens) {
  EXPECT_THAT(file_.List().value(), IsEmpty());
}

TEST_F(TokenFileTest, KeepsWhatATokenIsAndNotItsSecret) {
  const auto made = file_.Create(
      {.name = "grafana", .role = Role::kRead, .lifetime = std::chrono::hours(24 * 90)});
  ASSERT_TRUE(made) << made.error().ToString();
  const std::string text = made->text.Reveal();
  EXPECT_THAT(text, MatchesRegex("mrg_[0-9a-f]{8}_[0-9a-f]{64}"));
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_THAT(Text(), Not(HasSubstr(text.substr(13))));
  const auto listed = file_.List();
  ASSERT_THAT(listed.value(), SizeIs(1));
  const Token& token = listed->front();
  EXPECT_EQ(token.id, text.substr(4, 8));
  EXPECT_EQ(token.name, "grafana");
  EXPECT_EQ(token.role, Role::kRead);
  EXPECT_EQ(token.last_four, text.substr(text.size() - 4));
  EXPECT_GT(*token.expires, clock_.Now() + std::chrono::hours(24 * 89));
}

TEST_F(TokenFileTest, NoTwoTokensAreAlike) {
  const auto one = file_.Create({.name = "one"});
  const auto two = file_.Create({.name = "two"});
  EXPECT_NE(one->text.Reveal().substr(13), two->text.Reveal().substr(13));
  EXPECT_NE(one->token.id, two->token.id);
}

TEST_F(TokenFileTest, RefusesNamesThatNobodyCanTellApart) {
  ASSERT_TRUE(file_.Create({.name = "bot"}));
  const auto again = file_.Create({.name = "bot"});
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().ToString(), HasSubstr("mooring tokens revoke"));
  for (const char* name : {"", "two words", "a\nb", "caf\xc3\xa9"}) {
    EXPECT_FALSE(file_.Create({.name = name})) << name;
  }
  EXPECT_FALSE(file_.Create({.name = std::string(64, 'a')}));
}

TEST_F(TokenFileTest, RevokesByIdAndByName) {
  const auto one = file_.Create({.name = "one"});
  ASSERT_TRUE(file_.Create({.name = "two"}));
  EXPECT_EQ(file_.Revoke(one->token.id)->name, "one");
  EXPECT_EQ(file_.Revoke("two")->name, "two");
  EXPECT_THAT(file_.List().value(), IsEmpty());
  EXPECT_EQ(file_.Revoke("two").error().code(), ErrorCode::kNotFound);
}

TEST_F(TokenFileTest, ManyWritersLoseNothing) {
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer) {
      writers.emplace_back([&, writer] {
        for (int i = 0; i < 5; ++i) {
          EXPECT_TRUE(file_.Create({.name = fmt::format("w{}-{}", writer, i)}));
        }
      });
    }
  }
  EXPECT_THAT(file_.List().value(), SizeIs(20));
}

TEST_F(TokenFileTest, LetsNobodyInByAFileThatOthersCanReadOrThatIsDamaged) {
  ASSERT_TRUE(file_.Create({.name = "one"}));
  ::chmod(path_.c_str(), 0640);
  EXPECT_EQ(file_.List().error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(file_.List().error().ToString(), HasSubstr("chmod 600"));
  ::chmod(path_.c_str(), 0600);
  for (const char* text :
       {"", "{", "[]", R"({"version":2,"tokens":[]})", R"({"version":1,"tokens":[{"id":"a"}]})"}) {
    std::ofstream(path_, std::ios::trunc) << text;
    EXPECT_EQ(file_.List().error().code(), ErrorCode::kDataLoss) << text;
    EXPECT_FALSE(file_.Create({.name = "two"})) << "it must not write over what it cannot read";
  }
}

TEST_F(TokenFileTest, TheCommandLinesTokenIsMadeOnceAndAgainWhenItIsLost) {
  const std::string seal = dir_.File("keys/seal");
  const std::string cli = CliTokenFileBeside(seal);
  ASSERT_TRUE(EnsureCliToken(seal, clock_));
  EXPECT_EQ(ModeOf(cli), 0600u);
  const std::string first = ReadTokenText(cli)->Reveal();
  ASSERT_TRUE(EnsureCliToken(seal, clock_));
  EXPECT_EQ(ReadTokenText(cli)->Reveal(), first);
  std::filesystem::remove(cli);
  ASSERT_TRUE(EnsureCliToken(seal, clock_));
  EXPECT_NE(ReadTokenText(cli)->Reveal(), first);
  EXPECT_THAT(file_.List().value(), SizeIs(1)) << "the lost one must not stay valid";
  ASSERT_TRUE(file_.Revoke("local-command-line"));
  ASSERT_TRUE(EnsureCliToken(seal, clock_));
  EXPECT_THAT(file_.List().value(), SizeIs(1));
}

}  // namespace
}  // namespace mooring::tokens
