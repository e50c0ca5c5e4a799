// SPDX-License-Identifier: Apache-2.0
#include "controller/source/trusted_signers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

using ::testing::HasSubstr;

constexpr char kKey[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA";

class TrustedSignersTest : public ::testing::Test {
 protected:
  std::string Signers(const std::string& text) {
    dir_.Write("file", text);
    const Status checked = CheckAllowedSigners(dir_.File("file"));
    return checked ? "good" : checked.error().ToString();
  }
  std::string Keyring(const std::string& bytes) {
    dir_.Write("file", bytes);
    const Status checked = CheckKeyring(dir_.File("file"));
    return checked ? "good" : checked.error().ToString();
  }
  TempDir dir_;
};

TEST_F(TrustedSignersTest, AllowedSignersHaveAKeyInEachLine) {
  EXPECT_EQ(Signers(fmt::format("# ops\n\nops@example.com {}\n", kKey)), "good");
  EXPECT_EQ(Signers(fmt::format("a@x,b@x\tnamespaces=\"git\" {} a comment\r\n", kKey)), "good");
  EXPECT_EQ(Signers("*@example.com cert-authority sk-ssh-ed25519@openssh.com AAAAGnNr"), "good");
  EXPECT_THAT(Signers(fmt::format("ops@example.com {}\n{}\n", kKey, kKey)),
              HasSubstr("file:2 has no key after its principal; write: ops@example.com"));
  EXPECT_THAT(Signers("ops@example.com\n"), HasSubstr("file:1 has no key"));
  EXPECT_THAT(Signers(""), HasSubstr("has no key in it; add a line"));
}

TEST_F(TrustedSignersTest, AKeyringHasKeysInBinaryForm) {
  EXPECT_EQ(Keyring("\x98\x33\x04"), "good");
  EXPECT_EQ(Keyring("\xc6\x33\x04"), "good");
  EXPECT_EQ(Keyring(std::string("\0\0\0\x20\x01\x01\0\x02KBXf\0", 13)), "good");
  EXPECT_THAT(Keyring("-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), HasSubstr("gpg --dearmor"));
  EXPECT_THAT(Keyring("hello"), HasSubstr("is no keyring"));
  EXPECT_THAT(Keyring(""), HasSubstr("is empty"));
}

TEST_F(TrustedSignersTest, OthersMustNotWriteThem) {
  dir_.Write("file", fmt::format("ops@example.com {}\n", kKey));
  std::filesystem::permissions(dir_.File("file"), std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(CheckAllowedSigners(dir_.File("file")).error().ToString(),
              HasSubstr("do: chmod go-w " + dir_.File("file")));
  EXPECT_THAT(CheckAllowedSigners(dir_.path()).error().ToString(), HasSubstr("is no file of keys"));
}

TEST_F(TrustedSignersTest, AFileThatIsWrittenAgainIsSeen) {
  const TrustedSigners signers{.allowed_signers_file = dir_.File("a"), .gpg_keyring_file = ""};
  const std::string absent = signers.Fingerprint();
  dir_.Write("a", "x");
  const std::string there = signers.Fingerprint();
  EXPECT_NE(there, absent);
  EXPECT_EQ(there, signers.Fingerprint());
  dir_.Write("a", "xy");
  EXPECT_NE(there, signers.Fingerprint());
}

}  // namespace
}  // namespace mooring
