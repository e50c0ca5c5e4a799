// SPDX-License-Identifier: Apache-2.0
// The command line: a table of subcommands, and CLI11 put together from it. Belongs to main.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/cli/session.h"

namespace CLI {
class App;
}

namespace mooring::cli {

/// Does what the subcommand is for; the exit code.
using RunCommand = std::function<int(Session&)>;

struct Command {
  std::string name;
  std::string group;    ///< heading in the list of commands; empty: hidden
  std::string summary;  ///< one line
  std::string details;  ///< paragraphs below it; may be empty
  std::string example;  ///< whole command lines, one a line
  /// Adds the options to the subcommand's own App, and returns what runs once they are parsed.
  std::function<RunCommand(CLI::App&)> define;
  bool needs_configuration = true;
};

std::vector<Command> ResourceCommands();
std::vector<Command> SpecCommands();
Command ComposeCommand();
std::vector<Command> HoldCommands();
std::vector<Command> HostCommands();
/// What only the package and its units call; hidden.
std::vector<Command> PackageCommands();

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  int Main(int argc, char** argv);
  CLI::App& app() { return *app_; }

 private:
  struct Defined {
    CLI::App* app;
    RunCommand run;
    bool needs_configuration;
  };
  void Define(const Command& command);
  int RunParsed();

  Session session_;
  std::unique_ptr<CLI::App> app_;
  std::vector<Defined> defined_;
};

}  // namespace mooring::cli
