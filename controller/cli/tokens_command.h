// SPDX-License-Identifier: Apache-2.0
// `mooring tokens`: makes, lists and revokes the API's tokens, with the daemon running or not.
#pragma once

#include "controller/cli/command_line.h"

namespace mooring::cli {

/// The command as the command line's table has it.
Command TokensCommand();

}  // namespace mooring::cli
