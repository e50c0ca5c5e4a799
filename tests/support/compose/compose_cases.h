// SPDX-License-Identifier: Apache-2.0
// The cases of tests/golden/compose: folders with compose.yaml, the files that it names, and `args`
// with further options. They are read as if each lay in /case.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controller/expand/compose/project.h"

namespace mooring {

/// Names of all cases, sorted.
std::vector<std::string> ComposeCases();
std::filesystem::path ComposeCaseFolder(const std::string& name);
std::string ReadTestFile(const std::filesystem::path& file);

/// The options of a case, split into words; -f names a further file.
std::vector<std::string> ComposeCaseArguments(const std::string& name);

/// The home that ~ is in each case.
inline constexpr char kComposeCaseHome[] = "/home/somebody";

struct ComposeAnswer {
  std::string json;
  std::string yaml;
  std::string findings;  ///< if there are any, there is nothing else
};
ComposeAnswer ReadComposeCase(const std::string& name);

}  // namespace mooring
