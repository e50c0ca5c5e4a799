// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/completion.h"

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

/// Called for `command` and all below it, with the words that lead there.
template <typename Visit>
void Walk(const CommandInfo& command, const std::vector<std::string>& above, const Visit& visit) {
  std::vector<std::string> path = above;
  path.push_back(command.name);
  visit(command, path);
  for (const CommandInfo& sub : command.subcommands) Walk(sub, path, visit);
}

std::string Replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// Between single quotes in bash and zsh.
std::string ShellQuoted(const std::string& text) {
  return "'" + Replaced(text, "'", "'\\''") + "'";
}
std::string FishQuoted(const std::string& text) {
  return "'" + Replaced(Replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::vector<std::string> Words(const CommandInfo& command) {
  std::vector<std::string> words;
  words.reserve(command.subcommands.size() + 2 * command.options.size());
  for (const CommandInfo& sub : command.subcommands) words.push_back(sub.name);
  for (const OptionInfo& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
    if (option.positional())
      words.insert(words.end(), option.choices.begin(), option.choices.end());
  }
  return words;
}

/// The text of `_arguments` for one option: '(-o --output)'{-o,--output}'[what]:VALUE:(a b)'.
std::string ZshOption(const OptionInfo& option, int& position) {
  std::string text;
  for (const char c : option.description) {
    if (c == '[' || c == ']' || c == '\\' || c == ':') text += '\\';
    text += c;
  }
  std::string values = option.choices.empty() ? "_files" : "(" + Join(option.choices, " ") + ")";
  if (option.positional()) {
    return ShellQuoted(fmt::format("{}::{}:{}", ++position, option.value, values));
  }
  std::string rest = "[" + text + "]";
  if (!option.value.empty()) rest += ":" + option.value + ":" + values;
  if (option.names.size() == 1) return ShellQuoted(option.names.front() + rest);
  return fmt::format("'({})'{{{}}}{}", Join(option.names, " "), Join(option.names, ","),
                     ShellQuoted(rest));
}

std::string ZshFunction(const CommandInfo& command, const std::vector<std::string>& path) {
  std::string name = "_" + Join(path, "_");
  std::string out = fmt::format("{}() {{\n  local curcontext=$curcontext state line\n", name);
  out += "  _arguments -C";
  int position = 0;
  for (const OptionInfo& option : command.options) {
    out += " \\\n    " + ZshOption(option, position);
  }
  if (command.subcommands.empty()) return out + "\n}\n\n";
  out += " \\\n    '1:command:->command' \\\n    '*::argument:->argument'\n";
  out += "  case $state in\n  command)\n    local -a commands=(\n";
  for (const CommandInfo& sub : command.subcommands) {
    out += "      " + ShellQuoted(sub.name + ":" + Replaced(sub.description, ":", "\\:")) + "\n";
  }
  out += "    )\n    _describe command commands\n    ;;\n  argument)\n    case $words[1] in\n";
  for (const CommandInfo& sub : command.subcommands) {
    out += fmt::format("    {}) {}_{} ;;\n", sub.name, name, sub.name);
  }
  return out + "    esac\n    ;;\n  esac\n}\n\n";
}

}  // namespace

std::string BashCompletion(const CommandInfo& root) {
  std::string commands;
  std::string values;
  std::string words;
  Walk(root, {}, [&](const CommandInfo& command, const std::vector<std::string>& path) {
    const std::string full = Join(path, " ");
    if (path.size() > 1) {
      commands += fmt::format("    \"{}\") command=\"{}\" ;;\n", full, full);
    }
    words += fmt::format("  \"{}\") words=\"{}\" ;;\n", full, Join(Words(command), " "));
    for (const OptionInfo& option : command.options) {
      if (option.positional() || option.value.empty()) continue;
      // Options of the root may stand behind each command.
      const std::string where = path.size() == 1 ? "*" : "\"" + full + "\"";
      std::vector<std::string> patterns;
      patterns.reserve(option.names.size());
      for (const std::string& name : option.names) {
        patterns.push_back(fmt::format("{}\" {}\"", where, name));
      }
      const std::string offer =
          option.choices.empty() ? "-f" : fmt::format("-W \"{}\"", Join(option.choices, " "));
      values +=
          fmt::format("  {}) mapfile -t COMPREPLY < <(compgen {} -- \"$current\"); return ;;\n",
                      Join(patterns, " | "), offer);
    }
  });
  return fmt::format(
      R"(# bash completion for {0}; written by: {0} completion bash
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command={0} words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${{COMP_WORDS[i]}}" in
{1}    esac
  done
  case "$command $previous" in
{2}  esac
  case "$command" in
{3}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _{0} {0}
)",
      root.name, commands, values, words);
}

std::string ZshCompletion(const CommandInfo& root) {
  std::string out =
      fmt::format("#compdef {0}\n# zsh completion; written by: {0} completion zsh\n\n", root.name);
  Walk(root, {}, [&](const CommandInfo& command, const std::vector<std::string>& path) {
    out += ZshFunction(command, path);
  });
  return out + fmt::format("_{} \"$@\"\n", root.name);
}

std::string FishCompletion(const CommandInfo& root) {
  std::string out =
      fmt::format("# fish completion for {0}; written by: {0} completion fish\n", root.name);
  Walk(root, {}, [&](const CommandInfo& command, const std::vector<std::string>& path) {
    // The command is reached when its words were seen and none of the ones below it.
    std::vector<std::string> conditions;
    for (size_t i = 1; i < path.size(); ++i) {
      conditions.push_back("__fish_seen_subcommand_from " + path[i]);
    }
    const std::string here = Join(conditions, "; and ");
    std::vector<std::string> below;
    below.reserve(command.subcommands.size());
    for (const CommandInfo& sub : command.subcommands) below.push_back(sub.name);
    std::string choosing = here;
    if (!below.empty()) {
      choosing += (here.empty() ? "" : "; and ") + std::string("not __fish_seen_subcommand_from ") +
                  Join(below, " ");
    }
    for (const CommandInfo& sub : command.subcommands) {
      out += fmt::format("complete -c {} -f -n {} -a {} -d {}\n", root.name, FishQuoted(choosing),
                         sub.name, FishQuoted(sub.description));
    }
    for (const OptionInfo& option : command.options) {
      std::string line = "complete -c " + root.name;
      if (!here.empty()) line += " -n " + FishQuoted(here);
      for (const std::string& name : option.names) {
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.positional() && option.choices.empty()) continue;
      if (!option.positional() && !option.value.empty()) line += " -r";
      if (!option.choices.empty()) line += " -f -a " + FishQuoted(Join(option.choices, " "));
      out += line + " -d " + FishQuoted(option.description) + "\n";
    }
  });
  return out;
}

}  // namespace mooring::cli
