// SPDX-License-Identifier: Apache-2.0
// `mooring compose`, as the command line has it.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"

namespace mooring::cli {
namespace {

RunCommand Define(CLI::App& app) {
  app.require_subcommand(1);
  const auto options = std::make_shared<ComposeConfigOptions>();
  auto* config = app.add_subcommand("config", "Print the model that Compose files make");
  config
      ->add_option("FILE", options->files,
                   "The files, the later laid over the earlier; the usual ones without it")
      ->option_text(" ");
  config->add_option("-o,--output", options->output, "How it is printed: yaml, json")
      ->check(CLI::IsMember({"yaml", "json"}))
      ->option_text("FORM [yaml]");
  config->add_flag("--no-interpolate", options->no_interpolate, "Leave variables as they stand");
  config->add_option("--profile", options->profiles, "A profile to choose; * for all")
      ->take_all()
      ->expected(1)
      ->option_text("PROFILE");
  config->add_option("--env-file", options->env_files, "A file of variables in place of .env")
      ->take_all()
      ->expected(1)
      ->option_text("FILE");
  config->add_option("--project-name", options->project, "What the project is called")
      ->option_text("NAME");
  config
      ->add_option("--project-directory", options->folder,
                   "What relative paths are relative to, if not the first file's folder")
      ->option_text("FOLDER");
  return [options](Session&) { return ComposeConfig(*options); };
}

}  // namespace

Command ComposeCommand() {
  return {.name = "compose",
          .group = "Specs",
          .summary = "Read Compose files as the official tool does",
          .details =
              "Needs neither a fleet nor an engine. Variables come from the environment and .env.\n"
              "Ends with 0, 1 when it could not look, 2 with findings.",
          .example =
              "mooring compose config compose.yaml\n"
              "mooring compose config compose.yaml prod.yaml --profile debug -o json",
          .define = Define,
          .needs_configuration = false};
}

}  // namespace mooring::cli
