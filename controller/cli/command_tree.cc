// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace mooring::cli {
namespace {

/// The values of "TEXT:{json,text}", as the parser describes a set; empty for anything else.
std::vector<std::string> Choices(const std::string& type) {
  const size_t begin = type.find(":{");
  const size_t end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  std::vector<std::string> choices;
  std::istringstream list(type.substr(begin + 2, end - begin - 2));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

OptionInfo ReadOption(const CLI::Option& option) {
  OptionInfo info{.description = option.get_description()};
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  if (option.get_type_size_max() == 0 || option.get_expected_max() == 0) return info;  // a flag
  info.choices = Choices(option.get_type_name());
  // "FORM", or "FILE [/etc/mooring/mooring.yaml]" with the default behind it.
  const std::string& text = option.get_option_text();
  const size_t bracket = text.find('[');
  info.value = text.substr(0, text.find_first_of(" ["));
  if (bracket != std::string::npos && text.ends_with(']')) {
    info.default_value = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  if (info.positional()) info.value = option.get_single_name();
  if (info.value.empty()) info.value = "VALUE";
  return info;
}

}  // namespace

CommandInfo ReadCommandTree(const CLI::App& app) {
  CommandInfo info{
      .name = app.get_name(), .description = app.get_description(), .notes = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) info.options.push_back(ReadOption(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) info.subcommands.push_back(ReadCommandTree(*command));
  }
  return info;
}

}  // namespace mooring::cli
