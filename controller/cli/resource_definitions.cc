// SPDX-License-Identifier: Apache-2.0
// The commands about resources, as the command line has them.
#include <CLI/CLI.hpp>

#include "controller/cli/command_line.h"
#include "controller/cli/commands.h"

namespace mooring::cli {
namespace {

constexpr char kGroup[] = "Resources";
constexpr char kWhat[] = "A kind, a resource, or both: apps, app shop, app/shop, App/default/shop";

void AddTarget(CLI::App& app, Target& target, int least) {
  app.add_option("WHAT", target.words, kWhat)->expected(least, 3)->required(least > 0);
  app.add_option("-n,--namespace", target.scope.ns, "Only there; of one resource, where it is")
      ->option_text("NAMESPACE");
}

void AddOutput(CLI::App& app, std::string& output, const std::vector<std::string>& forms) {
  std::string help = "How it is printed:";
  for (const std::string& form : forms) help += (form == forms.front() ? " " : ", ") + form;
  app.add_option("-o,--output", output, help)->check(CLI::IsMember(forms))->option_text("FORM");
}

RunCommand DefineGet(CLI::App& app) {
  auto options = std::make_shared<GetOptions>();
  AddTarget(app, options->target, 0);
  app.add_flag("-A,--all-namespaces", options->target.scope.all_namespaces,
               "A resource of that name in any namespace");
  app.add_option("-l,--selector", options->selector, "Only those with these labels")
      ->option_text("name=value,...");
  AddOutput(app, options->output, {"wide", "json", "yaml", "name"});
  app.add_flag("--unmanaged", options->unmanaged,
               "Of containers, images, networks, volumes: what no resource owns");
  app.add_flag("--no-headers", options->no_headers, "No first line with the names of the columns");
  app.add_flag("-w,--watch", options->watch, "Go on with each change, until Ctrl-C");
  return [options](Session& session) { return Get(session, *options); };
}

RunCommand DefineDescribe(CLI::App& app) {
  auto target = std::make_shared<Target>();
  AddTarget(app, *target, 1);
  return [target](Session& session) { return Describe(session, *target); };
}

RunCommand DefineEvents(CLI::App& app) {
  auto options = std::make_shared<EventsOptions>();
  AddTarget(app, options->target, 0);
  AddOutput(app, options->output, {"text", "json"});
  app.add_option("--limit", options->limit, "How many of the newest")
      ->check(CLI::Range(1, 1000))
      ->option_text("N [100]");
  app.add_flag("-w,--watch", options->watch, "Go on with what happens, until Ctrl-C");
  return [options](Session& session) { return Events(session, *options); };
}

RunCommand DefineTree(CLI::App& app) {
  auto target = std::make_shared<Target>();
  AddTarget(app, *target, 0);
  app.add_flag("-A,--all-namespaces", target->scope.all_namespaces, "In every namespace");
  return [target](Session& session) { return Tree(session, *target); };
}

RunCommand DefineTrace(CLI::App& app) {
  auto target = std::make_shared<Target>();
  app.add_option("WHAT", target->words, "A URL or a host name, or a resource")
      ->expected(1, 3)
      ->required()
      ->option_text(" ");
  app.add_option("-n,--namespace", target->scope.ns, "Where the resource is [default]")
      ->option_text("NAMESPACE");
  return [target](Session& session) { return Trace(session, *target); };
}

RunCommand DefineDiff(CLI::App& app) {
  auto options = std::make_shared<DiffOptions>();
  AddTarget(app, options->target, 0);
  app.add_flag("--all", options->all, "Every resource");
  AddOutput(app, options->output, {"text", "json"});
  app.add_flag("--detailed-exitcode", options->detailed_exit_code,
               "End with 2 when there are differences");
  return [options](Session& session) { return ShowDiff(session, *options); };
}

void AddTimeout(CLI::App& app, std::string& timeout) {
  app.add_option("--timeout", timeout, "How long; then it ends with 75")->option_text("TIME [5m]");
}

RunCommand DefineWait(CLI::App& app) {
  auto options = std::make_shared<WaitOptions>();
  app.add_option("WHAT", options->target.words, "Resources: app shop, or app/shop site/shop ...")
      ->option_text(" ");
  app.add_option("-n,--namespace", options->target.scope.ns, "Where they are [default]")
      ->option_text("NAMESPACE");
  app.add_flag("--all", options->all, "Every resource, the host among them");
  app.add_option("--for", options->condition, "condition=TYPE, condition=TYPE=False, or delete")
      ->option_text("GOAL [condition=Ready]");
  AddTimeout(app, options->timeout);
  return [options](Session& session) { return Wait(session, *options); };
}

RunCommand DefineReconcile(CLI::App& app) {
  auto options = std::make_shared<ReconcileOptions>();
  AddTarget(app, options->target, 0);
  app.add_flag("--with-source", options->with_source, "Look at the Git repository first");
  app.add_flag("--override-window", options->override_window,
               "Change it although the sync windows of its namespace are closed");
  app.add_flag("--wait", options->wait, "Wait until it is done, and tell how it went");
  AddTimeout(app, options->timeout);
  return [options](Session& session) { return Reconcile(session, *options); };
}

}  // namespace

std::vector<Command> ResourceCommands() {
  return {
      {.name = "get",
       .group = kGroup,
       .summary = "List resources and how they are",
       .details = "containers, images, networks and volumes list what lies on the Docker engine, "
                  "and whose it is;\n"
                  "the daemon may be off.",
       .example = "mooring get apps\nmooring get app shop -o yaml\nmooring get -l tier=front -o "
                  "wide\nmooring get -w\nmooring get volumes --unmanaged",
       .define = DefineGet},
      {.name = "describe",
       .group = kGroup,
       .summary = "Tell everything about one resource, and its latest events",
       .details = "",
       .example = "mooring describe app shop",
       .define = DefineDescribe},
      {.name = "tree",
       .group = kGroup,
       .summary = "Draw how resources hang together, down to containers and volumes",
       .details = "",
       .example = "mooring tree app/shop\nmooring tree -A",
       .define = DefineTree},
      {.name = "trace",
       .group = kGroup,
       .summary =
           "Follow a URL or a resource to the containers that answer, the commit and who signed it",
       .details = "",
       .example = "mooring trace https://shop.example.com/api/cart\nmooring trace app/shop",
       .define = DefineTrace},
      {.name = "diff",
       .group = kGroup,
       .summary = "Show where the host differs from what is in force, field by field",
       .details = "The daemon compares now, as it does before each run; nothing is changed.",
       .example = "mooring diff app/shop\nmooring diff --all --detailed-exitcode",
       .define = DefineDiff},
      {.name = "events",
       .group = kGroup,
       .summary = "Tell what happened, oldest first",
       .details = "",
       .example = "mooring events app shop\nmooring events -w",
       .define = DefineEvents},
      {.name = "wait",
       .group = kGroup,
       .summary = "Wait until resources are so: Ready, not Ready, gone",
       .details = "Also for what is not there yet. Ends with 75 when it is not so in time.",
       .example = "mooring wait app/shop site/shop --timeout 2m\nmooring wait --all\n"
                  "mooring wait app/old --for=delete",
       .define = DefineWait},
      {.name = "reconcile",
       .group = kGroup,
       .summary = "Look at one resource, or all, now",
       .details =
           "Nothing waits for it otherwise: the daemon looks by itself when something changes.\n"
           "With --wait it ends with 1 when something is not Ready after the run.\n"
           "--override-window is for one resource and one change; an event records who asked.",
       .example = "mooring reconcile app/shop --wait\nmooring reconcile --with-source\n"
                  "mooring reconcile app/shop --override-window",
       .define = DefineReconcile},
  };
}

}  // namespace mooring::cli
