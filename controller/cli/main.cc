// SPDX-License-Identifier: Apache-2.0
// The `mooring` command.
#include "controller/cli/command_line.h"

int main(int argc, char** argv) { return mooring::cli::CommandLine().Main(argc, argv); }
