// SPDX-License-Identifier: Apache-2.0
#include "controller/source/verifier_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

TEST(VerifierProgram, OneThatIsNotInstalledSaysWhatBringsIt) {
  const VerifierProgram program("no-such-verifier", "some-package", process::RunChild);
  const auto started = program.Start({}, "", {});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(started.error().ToString(),
            "no-such-verifier is not installed, which verifies it; do: apt install some-package");
}

TEST(VerifierProgram, SeesItsNameItsArgumentsAndItsInput) {
  const VerifierProgram program("sh", "dash", process::RunChild);
  const auto ended = program.Start({"-c", "cat; echo $0 $LC_ALL $HOME; exit 3"}, "payload ", {});
  ASSERT_TRUE(ended) << ended.error().ToString();
  EXPECT_EQ(ended->output, "payload sh C\n");
  EXPECT_EQ(ended->exit_code, 3);
}

TEST(VerifierProgram, OneThatIsKilledGivesNoVerdict) {
  const VerifierProgram program("sh", "dash", process::RunChild);
  const auto ended = program.Start({"-c", "kill -9 $$"}, "", {});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().ToString(), "sh was ended by signal 9");
}

}  // namespace
}  // namespace mooring
