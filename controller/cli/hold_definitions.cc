// SPDX-License-Identifier: Apache-2.0
// The commands that hold back by hand, as the command line has them.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"

namespace mooring::cli {
namespace {

constexpr char kGroup[] = "Holding back by hand";

void AddScope(CLI::App& app, HoldOptions& options) {
  app.add_option("WHAT", options.target.words, "A resource: app shop, app/shop, App/default/shop")
      ->expected(0, 3);
  app.add_option("-n,--namespace", options.target.scope.ns,
                 "Everything there; of one resource, where it is")
      ->option_text("NAMESPACE");
  app.add_flag("--all", options.all, "Everything on this host");
}

void AddWhy(CLI::App& app, HoldOptions& options, const char* default_text) {
  app.add_option("--for", options.how_long, "When it ends by itself")->option_text(default_text);
  app.add_option("--reason", options.reason, "Why, for those who see it")->option_text("TEXT");
}

RunCommand DefineSuspend(CLI::App& app) {
  auto options = std::make_shared<HoldOptions>();
  AddScope(app, *options);
  AddWhy(app, *options, "TIME [24h]");
  return [options](Session& session) { return Suspend(session, *options); };
}

RunCommand DefineRollback(CLI::App& app) {
  auto options = std::make_shared<HoldOptions>();
  app.add_option("REVISION", options->revision,
                 "A commit of what is followed: an id, a tag, HEAD~1 (HEAD is the newest)")
      ->required()
      ->option_text(" ");
  app.add_option("--source", options->source, "Of several sources, which")->option_text("NAME");
  AddWhy(app, *options, "TIME [until it is resumed]");
  return [options](Session& session) { return RollBack(session, *options); };
}

RunCommand DefineResume(CLI::App& app) {
  auto options = std::make_shared<HoldOptions>();
  AddScope(app, *options);
  app.add_option("--source", options->source, "A source that is held by a rollback")
      ->option_text("NAME");
  return [options](Session& session) { return Resume(session, *options); };
}

}  // namespace

std::vector<Command> HoldCommands() {
  return {
      {.name = "suspend",
       .group = kGroup,
       .summary = "Change nothing about a resource, a namespace or everything, for a while",
       .details =
           "It is observed and reported, and neither changed, repaired nor pruned. It ends by "
           "itself (loop.manualSuspendFor,\n"
           "or --for); suspend: true in Git does not.",
       .example = "mooring suspend app/shop --for 2h --reason \"the disk is replaced\"\n"
                  "mooring suspend --namespace team-blue\nmooring suspend --all",
       .define = DefineSuspend},
      {.name = "rollback",
       .group = kGroup,
       .summary = "Hold this host at an earlier commit of its source",
       .details = "New commits are seen and wait. It goes on with mooring resume --source NAME, or "
                  "when --for is over.\n"
                  "Data is not rolled back: what the earlier commit says is done, and no more.",
       .example = "mooring rollback HEAD~1 --reason \"1.9 loses orders\"\n"
                  "mooring rollback 4b1c9e2 --source fleet --for 12h",
       .define = DefineRollback},
      {.name = "resume",
       .group = kGroup,
       .summary = "End a suspension or a rollback, and go on at once",
       .details = "A namespace and --all end all suspensions in it; a rollback is ended by its "
                  "source.",
       .example = "mooring resume app/shop\nmooring resume --all\nmooring resume --source fleet",
       .define = DefineResume},
  };
}

}  // namespace mooring::cli
