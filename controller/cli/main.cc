// SPDX-License-Identifier: Apache-2.0
// The `mooring` command, and the process that fetches for the daemon: no command for people, so it
// is in no list of them.
#include <iostream>
#include <string_view>

#include "controller/cli/command_line.h"
#include "controller/git/fetch_protocol.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == mooring::git::kFetchCommand)
    return mooring::git::ServeFetch(std::cin, std::cout, std::cerr);
  return mooring::cli::CommandLine().Main(argc, argv);
}
