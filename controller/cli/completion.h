// SPDX-License-Identifier: Apache-2.0
// Shell completions, written from the command tree. Pure functions.
#pragma once

#include <string>

#include "controller/cli/command_tree.h"

namespace mooring::cli {

std::string BashCompletion(const CommandInfo& root);
std::string ZshCompletion(const CommandInfo& root);
std::string FishCompletion(const CommandInfo& root);

}  // namespace mooring::cli
