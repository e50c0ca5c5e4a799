// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {
namespace {

/// CLI11's own help, with the usage as people write it: "mooring get [OPTIONS] [WHAT]".
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_usage(const CLI::Option* option) const override {
    return option->get_required() ? option->get_name() : "[" + option->get_name() + "]";
  }
};

/// The details, and "Examples:" with each line indented.
std::string Footer(const Command& command) {
  std::string footer = command.details;
  if (command.example.empty()) return footer;
  if (!footer.empty()) footer += "\n\n";
  footer += command.example.find('\n') == std::string::npos ? "Example:" : "Examples:";
  for (const std::string& line : Split(command.example, '\n')) footer += "\n  " + line;
  return footer;
}

/// The first word that is no option: what was meant as the command.
std::string CommandWord(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--config" || word == "--color" || word == "--token-file") {
      ++i;
    } else if (!word.starts_with('-')) {
      return word;
    }
  }
  return "";
}

}  // namespace

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>("Keeps a Docker host as its Git repository says.",
                                      "mooring")) {
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->require_subcommand(1);
  app_->fallthrough();
  app_->add_option("--config", session_.config_file, "The daemon's configuration")
      ->option_text(fmt::format("FILE [{}]", kDefaultConfigFile));
  app_->add_option("--token-file", session_.token_file,
                   "A file with the API token to use, in place of this host's own")
      ->option_text("FILE");
  static const std::map<std::string, ColorMode> kModes = {
      {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
  app_->add_option("--color", session_.color, "Colours: auto (on a terminal), always or never")
      ->transform(CLI::CheckedTransformer(kModes))
      ->option_text("WHEN [auto]");
  for (const auto& commands :
       {ResourceCommands(), HoldCommands(), SpecCommands(), HostCommands(), PackageCommands()}) {
    for (const Command& command : commands) Define(command);
  }
}

CommandLine::~CommandLine() = default;

void CommandLine::Define(const Command& command) {
  CLI::App* sub = app_->add_subcommand(command.name, command.summary);
  sub->group(command.group);
  sub->footer(Footer(command));
  defined_.push_back({sub, command.define(*sub), command.needs_configuration});
}

int CommandLine::Main(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app_->exit(error);
    if (code == 0) return exit_code::kDone;
    std::vector<std::string> names;
    for (const Defined& defined : defined_) names.push_back(defined.app->get_name());
    const std::string word = CommandWord(argc, argv);
    const std::string near = Nearest(word, names);
    if (!near.empty() && near != word) std::cerr << "Did you mean: mooring " << near << "\n";
    return exit_code::kUsage;
  }
  return RunParsed();
}

int CommandLine::RunParsed() {
  for (const Defined& defined : defined_) {
    if (!defined.app->parsed()) continue;
    if (defined.needs_configuration && session_.LoadConfiguration() == nullptr)
      return exit_code::kFailed;
    return defined.run(session_);
  }
  return exit_code::kUsage;
}

}  // namespace mooring::cli
