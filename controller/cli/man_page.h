// SPDX-License-Identifier: Apache-2.0
// mooring(1), written from the command tree. A pure function.
#pragma once

#include <string>

#include "controller/cli/command_tree.h"

namespace mooring::cli {

/// In the man macros of roff.
std::string ManPage(const CommandInfo& root, const std::string& version);

}  // namespace mooring::cli
