// SPDX-License-Identifier: Apache-2.0
// The hidden commands that the package calls while it is built, and that its units call.
#include <CLI/CLI.hpp>
#include <iostream>

#include "controller/cli/command_line.h"
#include "controller/cli/command_tree.h"
#include "controller/cli/commands.h"
#include "controller/cli/completion.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/man_page.h"
#include "controller/cli/version.h"

namespace mooring::cli {
namespace {

RunCommand DefineCompletion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->option_text(" ");
  return [shell, &app](Session&) {
    const CommandInfo root = ReadCommandTree(*app.get_parent());
    std::cout << (*shell == "bash"  ? BashCompletion(root)
                  : *shell == "zsh" ? ZshCompletion(root)
                                    : FishCompletion(root));
    return exit_code::kDone;
  };
}

RunCommand DefineMan(CLI::App& app) {
  return [&app](Session&) {
    std::cout << ManPage(ReadCommandTree(*app.get_parent()), kVersion);
    return exit_code::kDone;
  };
}

RunCommand DefineCaddyResume(CLI::App& app) {
  auto file = std::make_shared<std::string>();
  auto listen = std::make_shared<std::string>();
  app.add_option("FILE", *file, "Caddy's autosave.json")->required()->option_text(" ");
  app.add_option("LISTEN", *listen, "Where its admin API is to listen")
      ->required()
      ->option_text(" ");
  return [file, listen](Session&) { return PrepareCaddyResume(*file, *listen); };
}

}  // namespace

std::vector<Command> PackageCommands() {
  return {
      {.name = "completion",
       .group = "",
       .summary = "Write a shell's completion",
       .details = "",
       .example = "mooring completion bash",
       .define = DefineCompletion,
       .needs_configuration = false},
      {.name = "man",
       .group = "",
       .summary = "Write the man page",
       .details = "",
       .example = "mooring man | man -l -",
       .define = DefineMan,
       .needs_configuration = false},
      {.name = "caddy-resume",
       .group = "",
       .summary = "Give the configuration that Caddy saved an admin API",
       .details = "caddy.service runs it before Caddy.",
       .example = "mooring caddy-resume autosave.json unix//run/caddy/admin.sock",
       .define = DefineCaddyResume,
       .needs_configuration = false},
      {.name = "restore-secret-files",
       .group = "",
       .summary = "Bring files with secrets back into memory",
       .details = "mooring-secrets.service runs it at boot, before Docker starts containers.",
       .example = "mooring restore-secret-files",
       .define = [](CLI::App&) -> RunCommand { return RestoreSecretFiles; }},
  };
}

}  // namespace mooring::cli
