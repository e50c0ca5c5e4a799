// SPDX-License-Identifier: Apache-2.0
#include "controller/base/redact.h"

#include <gtest/gtest.h>

namespace mooring {
namespace {

std::string Masked(const std::string& text, const std::string& secret) {
  return Redact(text, std::vector{SecretString(secret)});
}

TEST(Redact, MasksAValueInEachFormThatAProgramMayQuoteItIn) {
  EXPECT_EQ(Masked("bad value hunter2!", "hunter2"), "bad value (secret)!");
  EXPECT_EQ(Masked("invalid: \"a\\\"b\\nc-d\"", "a\"b\nc-d"), "invalid: \"(secret)\"");
  EXPECT_EQ(Masked("line two-of-it is wrong", "one-of-it\ntwo-of-it"), "line (secret) is wrong");
  EXPECT_EQ(Masked("nothing of it", "hunter2"), "nothing of it");
  EXPECT_EQ(Masked("x", ""), "x");
}

TEST(Redact, HidesTheWholeTextWhenTheValueIsTooShortToBeTold) {
  EXPECT_EQ(Masked("a is wrong", "a"), "(not shown, because it may hold a secret)");
  EXPECT_EQ(Masked("b", "a"), "b");
}

TEST(Redact, MasksLongerValuesFirst) {
  EXPECT_EQ(Redact("hunter2-long hunter2", {SecretString("hunter2"), SecretString("hunter2-long")}),
            "(secret) (secret)");
}

TEST(Redact, KeepsWhatAnErrorIs) {
  const Error error = Error(ErrorCode::kUnavailable, "no hunter2").WithReason("Because");
  const Error masked = Redact(error, {SecretString("hunter2")});
  EXPECT_EQ(masked.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(masked.reason(), "Because");
  EXPECT_EQ(masked.ToString(), "no (secret)");
}

}  // namespace
}  // namespace mooring
