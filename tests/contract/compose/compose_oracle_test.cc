// SPDX-License-Identifier: Apache-2.0
// The official tool and we read each case of tests/golden/compose the same: equal JSON as values,
// equal YAML as text, or both refuse it.
#include <gtest/gtest.h>

#include <filesystem>

#include "controller/process/child.h"
#include "tests/support/compose/compose_cases.h"
#include "tests/support/program/program.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kPatience{1};

process::Ended RunToEnd(const std::string& program, std::vector<std::string> arguments,
                        std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), program);
  const auto outcome = process::RunChild({.program = program,
                                          .arguments = arguments,
                                          .environment = std::move(environment),
                                          .total = kPatience},
                                         {});
  EXPECT_TRUE(outcome && *outcome) << program << " could not be run to its end";
  return outcome && *outcome ? **outcome : process::Ended{};
}

std::string Program() {
  static const std::string kProgram = ToolFolder("compose") + "/cmd";
  return kProgram;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

class ComposeOracle : public ::testing::TestWithParam<std::string> {
 protected:
  /// What the tool says of the case, as if that lay in /case; "": it refuses it.
  std::string Says(const std::string& form) {
    TempDir folder;
    const std::string here = folder.File("case");
    fs::copy(ComposeCaseFolder(GetParam()), here, fs::copy_options::recursive);
    std::vector<std::string> before{"--project-directory", here, "-f", here + "/compose.yaml"};
    std::vector<std::string> after{"config", "--format", form};
    const std::vector<std::string> words = ComposeCaseArguments(GetParam());
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--no-interpolate") {
        after.push_back(words[i]);
        continue;
      }
      const bool is_file = words[i] == "-f" || words[i] == "--env-file";
      before.push_back(words[i]);
      ++i;
      before.push_back(is_file ? here + "/" + words.at(i) : words.at(i));
    }
    before.insert(before.end(), after.begin(), after.end());
    const process::Ended outcome = RunToEnd(
        Program(), before, {std::string("HOME=") + kComposeCaseHome, "PATH=/usr/bin:/bin"});
    return outcome.exit_code == 0 ? Replaced(outcome.output, here, "/case") : "";
  }
};

TEST_P(ComposeOracle, Agrees) {
  const ComposeAnswer ours = ReadComposeCase(GetParam());
  const std::string theirs = Says("json");
  EXPECT_EQ(theirs.empty(), !ours.findings.empty()) << theirs << ours.findings;
  if (theirs.empty() || !ours.findings.empty()) return;
  const std::string dollars =
      ReadTestFile(ComposeCaseFolder(GetParam()) / "args").find("--no-interpolate") ==
              std::string::npos
          ? "$$"
          : "$";
  EXPECT_EQ(nlohmann::json::parse(theirs),
            nlohmann::json::parse(Replaced(ours.json, "$", dollars)));
  EXPECT_EQ(Says("yaml"), Replaced(ours.yaml, "$", dollars));
}

INSTANTIATE_TEST_SUITE_P(Cases, ComposeOracle, ::testing::ValuesIn(ComposeCases()),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace mooring
