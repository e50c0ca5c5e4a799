// SPDX-License-Identifier: Apache-2.0
// What every file and folder of the repository has.
#include "tests/arch/repository.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace mooring::arch {
namespace {

constexpr std::string_view kLicenceLine = "SPDX-License-Identifier: Apache-2.0";

bool IsScript(std::string_view path) { return path.ends_with(".sh"); }
bool IsCode(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cc"); }

TEST(Repository, FoldersSayWhatTheyAre) {
  std::set<std::string> folders;
  for (const std::string& path : Files(Which::kTrackedAndNew)) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const bool production = path.starts_with("controller/") || path.starts_with("reconcilers/") ||
                            path.starts_with("agent/");
    if ((production && IsCode(path)) || folder == "crds" || folder == "tests" ||
        folder == "tests/arch") {
      folders.insert(folder);
    }
  }
  std::vector<std::string> findings;
  for (const std::string& folder : folders) {
    // The parts of a folder ("reconcilers/docker/io") may be explained in the one above.
    const bool is_part = std::ranges::count(folder, '/') == 2;
    const std::string above = std::filesystem::path(folder).parent_path().string();
    if (ReadFile(folder + "/README.md").empty() &&
        !(is_part && !ReadFile(above + "/README.md").empty())) {
      findings.push_back(folder + ": no README.md");
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

TEST(Repository, CodeCarriesItsLicenceLine) {
  std::vector<std::string> findings;
  for (const std::string& path : Files(Which::kTrackedAndNew)) {
    if (!IsCode(path) && !IsScript(path)) continue;
    // On the first line, or the second below a script's interpreter.
    if (ReadFile(path).substr(0, 100).find(kLicenceLine) == std::string::npos) {
      findings.push_back(path + ":1: no line '" + std::string(kLicenceLine) + "'");
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

TEST(Repository, HeadersAreIncludedOnce) {
  std::vector<std::string> findings;
  for (const std::string& path : Files(Which::kTrackedAndNew)) {
    if (path.ends_with(".h") && ReadFile(path).find("\n#pragma once\n") == std::string::npos) {
      findings.push_back(path + ":1: no #pragma once");
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

// Paths of the machine that something was made on mean nothing to anyone else.
TEST(Repository, NoFileNamesAMachinePath) {
  std::vector<std::string> marks = {std::string("/wo") + "rk/", std::string("/tmp/") + "w-"};
  const std::string here = MOORING_SOURCE_DIR;
  if (std::ranges::count(here, '/') > 1) marks.push_back(here + "/");
  std::vector<std::string> findings;
  for (const std::string& path : Files(Which::kTracked)) {
    const std::string content = ReadFile(path);
    for (const std::string& mark : marks) {
      const size_t found = content.find(mark);
      if (found == std::string::npos) continue;
      const auto line = 1 + std::count(content.begin(), content.begin() + found, '\n');
      findings.push_back(path + ":" + std::to_string(line) + ": names " + mark);
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

TEST(Repository, CodeIsFormatted) {
  std::string command = "cd '" MOORING_SOURCE_DIR
                        "' && clang-format-19 --version >/dev/null && "
                        "{ clang-format-19 --dry-run";
  for (const std::string& path : Files(Which::kTracked)) {
    if (IsCode(path)) command += " '" + path + "'";
  }
  std::istringstream warnings(RunCommand(command + " 2>&1; }"));
  std::vector<std::string> findings;  // the first place of each file
  for (std::string line; std::getline(warnings, line);) {
    if (line.find("[-Wclang-format-violations]") == std::string::npos) continue;
    const std::string path = line.substr(0, line.find(':') + 1);
    if (findings.empty() || !findings.back().starts_with(path)) {
      findings.push_back(line.substr(0, line.find(": ")) + ": run clang-format-19 -i on it");
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

}  // namespace
}  // namespace mooring::arch
