// SPDX-License-Identifier: Apache-2.0
// The commands about this host and the program itself, as the command line has them.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"
#include "controller/cli/tokens_command.h"

namespace mooring::cli {
namespace {

constexpr char kGroup[] = "This host";

RunCommand DefineLogs(CLI::App& app) {
  auto options = std::make_shared<LogsOptions>();
  app.add_option("APP", options->app, "The App: shop, blue/shop, app/shop")
      ->required()
      ->option_text(" ");
  app.add_option("SERVICE", options->service, "Only this service of it")->option_text(" ");
  app.add_option("-n,--namespace", options->scope.ns, "Where the App is [default]")
      ->option_text("NAMESPACE");
  app.add_flag("-f,--follow", options->follow, "Go on with what comes, until Ctrl-C");
  app.add_option("--since", options->since, "Only what is newer: 10m, or 2026-03-01T14:00:00Z")
      ->option_text("WHEN");
  app.add_option("--tail", options->tail, "Only the last lines of each container")
      ->check(CLI::NonNegativeNumber)
      ->option_text("N");
  app.add_flag("-t,--timestamps", options->timestamps, "With the time of each line");
  return [options](Session& session) { return Logs(session, *options); };
}

RunCommand DefineTop(CLI::App& app) {
  auto options = std::make_shared<TopOptions>();
  app.add_option("APP", options->app, "Only this App: shop, blue/shop, app/shop")->option_text(" ");
  app.add_option("-n,--namespace", options->scope.ns, "Only there")->option_text("NAMESPACE");
  app.add_flag("-w,--watch", options->watch, "Measure again and again, until Ctrl-C");
  return [options](Session& session) { return Top(session, *options); };
}

RunCommand DefineExport(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  CLI::Option* one =
      app.add_option("RESOURCE", options->target.words, "One App or Site: app shop, app/shop")
          ->option_text("[KIND NAME]");
  app.add_option("-n,--namespace", options->target.scope.ns, "Where it is [default]")
      ->option_text("NAMESPACE");
  CLI::Option* containers =
      app.add_option("--container", options->containers,
                     "These containers, whoever made them; those of one Compose project become one "
                     "App")
          ->option_text("NAME ...")
          ->excludes(one);
  app.add_flag("--all", options->all, "All that runs here, Mooring's and what nobody manages")
      ->excludes(one)
      ->excludes(containers);
  app.add_option("-o,--output", options->output, "How it is printed: yaml")
      ->check(CLI::IsMember({"yaml"}))
      ->option_text("FORM");
  return [options](Session& session) { return Export(session, *options); };
}

RunCommand DefineRun(CLI::App&) { return RunMooring; }

RunCommand DefineDoctor(CLI::App& app) {
  const auto webhooks = std::make_shared<bool>(false);
  app.add_flag("--webhook", *webhooks,
               "What came of the last delivery to each webhook; the daemon is asked");
  return [webhooks](Session& session) {
    if (*webhooks) return DoctorWebhooks(session);
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
      {.name = "logs",
       .group = kGroup,
       .summary = "Print what an App's containers say, merged by time",
       .details = "The Docker engine is asked; the daemon may be off. With -f it goes on through "
                  "restarts and rollouts,\n"
                  "and says on stderr when a container was replaced.",
       .example = "mooring logs shop\nmooring logs shop web -f --since 10m",
       .define = DefineLogs},
      {.name = "top",
       .group = kGroup,
       .summary = "Show processor and memory of each App and its containers",
       .details = "100 % is one processor. Memory is what the kernel cannot drop at once. Measures "
                  "for a second.",
       .example = "mooring top\nmooring top shop -w",
       .define = DefineTop},
      {.name = "export",
       .group = kGroup,
       .summary = "Print what runs on this host as specs",
       .details = "The Docker engine is asked; Sites come from the daemon. What equals the image's "
                  "own is left out. What a spec\n"
                  "cannot say stands there as a comment, \"not exported: ...\"; secrets are never "
                  "printed, CHANGE-ME stands in their place.",
       .example =
           "mooring export app shop\nmooring export --container wiki wiki-db > apps/wiki.yaml\n"
           "mooring export --all",
       .define = DefineExport},
      TokensCommand(),
      {.name = "run",
       .group = kGroup,
       .summary = "Run the daemon until SIGINT or SIGTERM",
       .details = "Workloads go on when it ends.",
       .example = "mooring run --config ./mooring.yaml",
       .define = DefineRun},
      {.name = "doctor",
       .group = kGroup,
       .summary =
           "Check what Mooring needs here: source, signers, Docker, Caddy, hosts file, key, daemon",
       .details = "Exits 1 when something is to be mended.",
       .example = "mooring doctor\nmooring doctor --webhook",
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
