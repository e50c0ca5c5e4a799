// SPDX-License-Identifier: Apache-2.0
// The files of this repository as the tests of this folder see them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mooring::arch {

enum class Which {
  kTracked,
  kTrackedAndNew,  ///< also what is not committed yet and not ignored
};

/// Paths relative to the root, sorted. Without Git (a source archive): every file but build/.
std::vector<std::string> Files(Which which);

/// Those of `Files` that are C++ of controller/, reconcilers/ and agent/.
std::vector<std::string> ProductionSources();

std::string ReadFile(std::string_view path);

/// What a command prints on its standard output; throws when it fails.
std::string RunCommand(const std::string& command);

/// One finding per line, for a failure message; empty when there is none.
std::string Lines(const std::vector<std::string>& findings);

}  // namespace mooring::arch
