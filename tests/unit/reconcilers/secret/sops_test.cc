// SPDX-License-Identifier: Apache-2.0
// What the child is given and what is made of its end; the real one is in tests/e2e.
#include "reconcilers/secret/io/sops.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcilers/secret/io/provider.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::secret {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kText[] =
    "sops:\n    age:\n        - enc: x\n          recipient: age1abc\n    pgp:\n"
    "        - fp: 0123ABCD\n";

class SopsChild : public ::testing::Test {
 protected:
  Sops Make() {
    return Sops({.binary = "/bin/true", .age_key_file = "/keys/age.txt", .pgp_home = "/keys/gpg"},
                [this](const process::Command& command, const std::stop_token&) {
                  command_ = command;
                  return Result<process::Outcome>(outcome_);
                });
  }
  Error Fails(int exit_code) {
    outcome_ =
        process::Ended{.exit_code = exit_code, .errors = "Input string hunter2 does not match"};
    const auto clear = Make().Decrypt(kText, "secrets/shop.yaml", {});
    EXPECT_FALSE(clear);
    if (clear) return {ErrorCode::kInternal, ""};
    EXPECT_THAT(clear.error().ToString(), Not(HasSubstr("hunter2")));
    return clear.error();
  }

  process::Command command_;
  process::Outcome outcome_ = process::Ended{.exit_code = 0, .output = "a: clear\n"};
};

TEST_F(SopsChild, GetsTheTextByStdinAndKeysByName) {
  const auto clear = Make().Decrypt(kText, "secrets/shop.yaml", {});
  ASSERT_TRUE(clear);
  EXPECT_EQ(clear->Reveal(), "a: clear\n");
  EXPECT_EQ(command_.input, kText);
  EXPECT_THAT(command_.environment, Contains("SOPS_AGE_KEY_FILE=/keys/age.txt"));
  EXPECT_THAT(command_.environment, Contains("GNUPGHOME=/keys/gpg"));
  EXPECT_THAT(command_.environment, Contains("HOME=/nonexistent"));
  EXPECT_THAT(command_.arguments, Not(Contains("--ignore-mac")));
}

TEST_F(SopsChild, EndsInWordsOfOurOwn) {
  const Error key = Fails(128);
  EXPECT_EQ(key.reason(), "KeyMissing");
  EXPECT_THAT(key.ToString(), HasSubstr("no key of this host opens secrets/shop.yaml; it opens for "
                                        "age1abc, 0123ABCD. Add this host's key to the file with: "
                                        "sops updatekeys secrets/shop.yaml"));
  EXPECT_EQ(Fails(51).reason(), "DecryptFailed");
  EXPECT_THAT(Fails(51).ToString(), HasSubstr("was changed outside of SOPS"));
  EXPECT_THAT(Fails(25).ToString(), HasSubstr("not one that SOPS encrypted"));
  EXPECT_THAT(Fails(7).ToString(), HasSubstr("exit code 7"));
  EXPECT_EQ(Fails(7).code(), ErrorCode::kFailedPrecondition);
}

TEST_F(SopsChild, ThatDoesNotEndIsTriedAgain) {
  outcome_ = std::unexpected(process::Cut{.errors = "hunter2"});
  const auto clear = Make().Decrypt(kText, "s.yaml", {});
  ASSERT_FALSE(clear);
  EXPECT_EQ(clear.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(clear.error().ToString(), Not(HasSubstr("hunter2")));
}

TEST(Sops, ThatIsNotInstalledSaysSo) {
  const auto clear = Sops({.binary = "/nowhere/sops"}).Decrypt(kText, "s.yaml", {});
  ASSERT_FALSE(clear);
  EXPECT_EQ(clear.error().reason(), "KeyMissing");
  EXPECT_THAT(clear.error().ToString(), HasSubstr("sops is not installed"));
}

TEST(Recipients, AreReadFromTheBlock) {
  EXPECT_THAT(RecipientsOf(std::string(kText) + kText), ElementsAre("age1abc", "0123ABCD"));
  EXPECT_THAT(RecipientsOf("a: recipient: x\n"), ElementsAre());
}

class Providers : public ::testing::Test {
 protected:
  Result<SecretString> From(const Provider& provider, const std::string& key) {
    return Ask(provider, key, process::RunChild, {});
  }
  std::string Why(const Provider& provider, const std::string& key) {
    const auto value = From(provider, key);
    EXPECT_FALSE(value);
    if (value) return "";
    EXPECT_EQ(value.error().reason(), "ProviderFailed");
    EXPECT_EQ(value.error().code(), ErrorCode::kUnavailable);
    return value.error().ToString();
  }
  TempDir dir_;
};

TEST_F(Providers, ReadFilesOfTheirFolderAlone) {
  const Provider files{.name = "files", .directory = dir_.File("in")};
  dir_.Write("in/team/token", "a value\n\n");
  dir_.Write("outside", "hunter2");
  ASSERT_EQ(::symlink("../outside", dir_.File("in/link").c_str()), 0);
  ASSERT_EQ(::symlink("team/token", dir_.File("in/alias").c_str()), 0);
  EXPECT_EQ(From(files, "team/token")->Reveal(), "a value\n");
  EXPECT_EQ(From(files, "/team/token")->Reveal(), "a value\n");
  EXPECT_EQ(From(files, "alias")->Reveal(), "a value\n");
  EXPECT_THAT(Why(files, "../outside"), HasSubstr("leads out of"));
  EXPECT_THAT(Why(files, "link"), HasSubstr("leads out of"));
  EXPECT_THAT(Why(files, "team"), HasSubstr("is no file"));
  EXPECT_THAT(Why(files, "nothing"), HasSubstr("has no file nothing"));
}

TEST_F(Providers, RunProgramsWithoutAShell) {
  EXPECT_EQ(From({.name = "p", .command = {"echo", "{key}", "x{key}"}}, "$(id); a")->Reveal(),
            "$(id); a x$(id); a");
  EXPECT_THAT(Why({.name = "p", .command = {"sh", "-c", "echo hunter2 >&2; exit 3"}}, "a"),
              AllOf(HasSubstr("exit code 3"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(Why({.name = "p", .command = {"/nowhere/program"}}, "a"),
              HasSubstr("there is no program"));
  EXPECT_THAT(
      Why({.name = "p", .command = {"sleep", "60"}, .timeout = std::chrono::milliseconds(50)}, "a"),
      HasSubstr("within 50ms"));
}

TEST_F(Providers, ReadVariablesOfTheDaemon) {
  ::setenv("MOORING_SECRET_TOKEN", "a value", 1);
  const Provider variables{.name = "env", .environment_prefix = "MOORING_SECRET_"};
  EXPECT_EQ(From(variables, "TOKEN")->Reveal(), "a value");
  EXPECT_THAT(Why(variables, "OTHER"), HasSubstr("has no variable MOORING_SECRET_OTHER"));
  // It is for us alone.
  EXPECT_EQ(From({.name = "p", .command = {"sh", "-c", "echo ${MOORING_SECRET_TOKEN-none}"}}, "")
                ->Reveal(),
            "none");
  ::unsetenv("MOORING_SECRET_TOKEN");
}

}  // namespace
}  // namespace mooring::secret
