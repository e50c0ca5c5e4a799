// SPDX-License-Identifier: Apache-2.0
// Programs that tests run to their end. Thread-safe.
#pragma once

#include <string>
#include <vector>

namespace mooring {

/// What `program`, a path or a name in $PATH, prints. When it fails, the test program is aborted
/// with what it said. `environment`: NAME=value, beside what finding programs and building tools
/// needs.
std::string RunProgram(const std::string& program, std::vector<std::string> arguments,
                       const std::string& input = "", std::vector<std::string> environment = {});

/// Where the programs of a tool of .ci/versions are; built the first time.
std::string ToolFolder(const std::string& tool);

}  // namespace mooring
