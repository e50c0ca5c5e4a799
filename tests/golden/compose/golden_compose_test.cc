// SPDX-License-Identifier: Apache-2.0
// Each folder here is a case: compose.yaml and what it names in; out comes expected.yaml, or
// findings.txt. MOORING_TEST_ACCEPT=1 writes what comes out now and reports SKIPPED. What is
// accepted here is held against the official tool by tests/contract/compose.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/compose/compose_cases.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

class GoldenCompose : public ::testing::TestWithParam<std::string> {};

void Accept(const fs::path& file, const std::string& text) {
  if (text.empty()) {
    fs::remove(file);
  } else {
    std::ofstream(file, std::ios::binary) << text;
  }
}

TEST_P(GoldenCompose, ReadsAsAccepted) {
  const fs::path folder = ComposeCaseFolder(GetParam());
  const ComposeAnswer answer = ReadComposeCase(GetParam());
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    Accept(folder / "expected.yaml", answer.yaml);
    Accept(folder / "findings.txt", answer.findings);
    GTEST_SKIP() << "accepted what comes out of " << GetParam();
  }
  EXPECT_EQ(answer.yaml, ReadTestFile(folder / "expected.yaml"));
  EXPECT_EQ(answer.findings, ReadTestFile(folder / "findings.txt"));
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenCompose, ::testing::ValuesIn(ComposeCases()),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace mooring
