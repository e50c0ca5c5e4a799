// SPDX-License-Identifier: Apache-2.0
#include "controller/base/secret_string.h"

namespace mooring {
namespace {

TEST(SecretString, DoesNotPrintItself) {
  EXPECT_EQ(fmt::format("{}", SecretString("hunter2")), "***");
  EXPECT_EQ(SecretString("hunter2").Reveal(), "hunter2");
}

TEST(SecretString, ComparesByValue) {
  EXPECT_EQ(SecretString("a"), SecretString("a"));
  EXPECT_FALSE(SecretString("a") == SecretString("b"));
  EXPECT_FALSE(SecretString("a") == SecretString("aa"));
  EXPECT_TRUE(SecretString().empty());
}

TEST(SecretString, AssignmentKeepsOnlyTheNewValue) {
  SecretString secret("a long value that needs memory of its own");
  SecretString other("b");
  secret = other;
  EXPECT_EQ(secret, other);
  secret = SecretString("c");
  EXPECT_EQ(secret.Reveal(), "c");
}

}  // namespace
}  // namespace mooring
