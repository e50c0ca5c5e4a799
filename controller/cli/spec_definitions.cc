// SPDX-License-Identifier: Apache-2.0
// The commands about specs, as the command line has them.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"

namespace mooring::cli {
namespace {

constexpr char kGroup[] = "Specs";

constexpr char kHostHelp[] = "As the Host of that name has them, not this one";

RunCommand DefineValidate(CLI::App& app) {
  auto options = std::make_shared<ValidateOptions>();
  options->path = ".";
  app.add_option("PATH", options->path,
                 "A folder as it lies there, or PATH@REF: that folder in a commit")
      ->option_text("[.]");
  app.add_option("--host", options->host, kHostHelp)->option_text("NAME");
  return [options](Session& session) { return Validate(session, *options); };
}

RunCommand DefineBuild(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
  options->path = ".";
  options->output = "yaml";
  app.add_option("PATH", options->path,
                 "A folder as it lies there, or PATH@REF: that folder in a commit")
      ->option_text("[.]");
  app.add_option("RESOURCE", options->words, "Which: apps, app shop, app/shop; all without it")
      ->option_text(" ");
  app.add_option("--host", options->host, kHostHelp)->option_text("NAME");
  app.add_option("-n,--namespace", options->scope.ns, "Only what is in that namespace")
      ->option_text("NAMESPACE");
  app.add_option("-o,--output", options->output, "How it is printed: yaml, json")
      ->check(CLI::IsMember({"yaml", "json"}))
      ->option_text("FORM");
  return [options](Session& session) { return Build(session, *options); };
}

RunCommand DefinePlan(CLI::App& app) {
  auto options = std::make_shared<PlanOptions>();
  app.add_option("--source", options->source,
                 "A folder as it lies there, or PATH@REF: that folder in a commit")
      ->required()
      ->option_text("PATH REQUIRED");
  app.add_option("--host", options->host, kHostHelp)->option_text("NAME");
  app.add_option("-o,--output", options->output, "How it is printed: text, json, markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}))
      ->option_text("FORM");
  app.add_flag("--detailed-exitcode", options->detailed_exit_code,
               "End with 2 when there are changes or findings");
  return [options](Session& session) { return ShowPlan(session, *options); };
}

RunCommand DefineExplain(CLI::App& app) {
  auto field = std::make_shared<std::string>();
  app.add_option("FIELD", *field, "Kind and fields, or config and keys, with dots")
      ->required()
      ->option_text(" ");
  return [field](Session&) { return Explain(*field); };
}

RunCommand DefineSchema(CLI::App& app) {
  auto kind = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  CLI::Option* one =
      app.add_option("KIND", *kind, "App, Site, Host or Namespace")->option_text(" ");
  app.add_flag("--all", *all, "Every kind in one schema (without KIND, too)")->excludes(one);
  return [kind, all](Session&) { return PrintSchema(*all ? "" : *kind); };
}

RunCommand DefineNew(CLI::App& app) {
  auto options = std::make_shared<NewOptions>();
  app.add_option("KIND", options->kind, "app or site")
      ->required()
      ->check(CLI::IsMember({"app", "site"}))
      ->option_text(" ");
  app.add_option("NAME", options->name, "What it is called")->required()->option_text(" ");
  app.add_option("--host", options->host, "The name that a site answers")->option_text("HOST");
  app.add_option("--image", options->image, "The image that an app runs")->option_text("IMAGE");
  return [options](Session&) { return NewSpec(*options); };
}

}  // namespace

std::vector<Command> SpecCommands() {
  return {
      {.name = "validate",
       .group = kGroup,
       .summary = "Check specs: schemas, references and guard rails, without a host",
       .details =
           "Ends with 0 when they are valid, 1 when it could not look, 2 with findings.\n"
           "They are checked as this host has them; where it is none of the Hosts, as each of\n"
           "these has them.",
       .example = "mooring validate .",
       .define = DefineValidate},
      {.name = "plan",
       .group = kGroup,
       .summary = "Show what would be done to this host, and change nothing",
       .details = "Needs no daemon, but read access to Docker, Caddy and the host's key.",
       .example = "mooring plan --source .\nmooring plan --source /srv/fleet@next -o json",
       .define = DefinePlan},
      {.name = "build",
       .group = kGroup,
       .summary = "Print specs as a host has them: overlays, variables and placement applied",
       .details =
           "Ends with 0, 1 when it could not look, 2 with findings. What is placed on other\n"
           "hosts is left out; stderr says what and why.",
       .example = "mooring build .\nmooring build . app shop --host harbour-2 -o json",
       .define = DefineBuild},
      {.name = "explain",
       .group = kGroup,
       .summary = "Tell what a field of a spec or a key of mooring.yaml means",
       .details = "",
       .example = "mooring explain App.spec.services.web.healthcheck",
       .define = DefineExplain,
       .needs_configuration = false},
      {.name = "schema",
       .group = kGroup,
       .summary = "Print the JSON Schema (2020-12) of specs, for editors",
       .details =
           "An editor with a YAML language server completes and checks a spec that begins with\n"
           "  # yaml-language-server: $schema=/path/to/mooring.schema.json\n"
           "It sees less than mooring validate: no references, and no rules over several fields.",
       .example = "mooring schema --all > mooring.schema.json\nmooring schema App",
       .define = DefineSchema,
       .needs_configuration = false},
      {.name = "new",
       .group = kGroup,
       .summary = "Print a small spec with comments, to go on from",
       .details = "",
       .example = "mooring new app shop --image ghcr.io/example/shop:1.0.0 > apps/shop.yaml\n"
                  "mooring new site shop --host shop.example.com > sites/shop.yaml",
       .define = DefineNew,
       .needs_configuration = false},
      ComposeCommand(),
  };
}

}  // namespace mooring::cli
