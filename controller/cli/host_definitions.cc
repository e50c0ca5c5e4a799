// SPDX-License-Identifier: Apache-2.0
// The commands about this host and the program itself, as the command line has them.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"

namespace mooring::cli {
namespace {

constexpr char kGroup[] = "This host";

RunCommand DefineRun(CLI::App&) { return RunMooring; }

RunCommand DefineDoctor(CLI::App&) {
  return [](Session& session) {
    const std::stop_token stop = session.stop();
    return Doctor(session.config(), stop);
  };
}

RunCommand DefineVersion(CLI::App&) {
  return [](Session&) { return Version(); };
}

}  // namespace

std::vector<Command> HostCommands() {
  return {
      {.name = "run",
       .group = kGroup,
       .summary = "Run the daemon until SIGINT or SIGTERM",
       .details = "Workloads go on when it ends.",
       .example = "mooring run --config ./mooring.yaml",
       .define = DefineRun},
      {.name = "doctor",
       .group = kGroup,
       .summary = "Check what Mooring needs here: source, Docker, Caddy, hosts file, key, daemon",
       .details = "",
       .example = "mooring doctor",
       .define = DefineDoctor},
      {.name = "version",
       .group = kGroup,
       .summary = "Print the version and the commit that it was built from",
       .details = "",
       .example = "mooring version",
       .define = DefineVersion,
       .needs_configuration = false},
  };
}

}  // namespace mooring::cli
