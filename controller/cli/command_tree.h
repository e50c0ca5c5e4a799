// SPDX-License-Identifier: Apache-2.0
// The command line as plain values: what man page and completions are made of. `ReadCommandTree` is
// the only part that knows the parser. Values; thread-safe.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mooring::cli {

struct OptionInfo {
  std::vector<std::string> names;  ///< "-o", "--output"; empty for a positional
  std::string description;
  std::string value;                 ///< what it takes: "PATH", "TEXT"; empty for a flag
  std::vector<std::string> choices;  ///< when only these are allowed
  std::string default_value;

  bool positional() const { return names.empty(); }
};

struct CommandInfo {
  std::string name;
  std::string description;
  std::string notes;                ///< what the help says below the options
  std::vector<OptionInfo> options;  ///< in the order of the help, positionals as well
  std::vector<CommandInfo> subcommands;
};

/// What `app` and its subcommands take. Hidden ones (of the group "") are left out.
CommandInfo ReadCommandTree(const CLI::App& app);

}  // namespace mooring::cli
