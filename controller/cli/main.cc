// SPDX-License-Identifier: Apache-2.0
// The `mooring` command.
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "controller/cli/commands.h"
#include "controller/cli/daemon.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/version.h"

namespace mooring::cli {
namespace {

/// Turns SIGINT and SIGTERM into a stop request. They are blocked in every thread and waited for in
/// one, so that no handler runs anywhere.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR2}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    signal(SIGPIPE, SIG_IGN);
    waiter_ = std::thread([this] {
      for (int which = 0; !ended_;) {
        sigwait(&set_, &which);
        if (which == SIGUSR2) continue;  // ours, to end this thread; anybody else's means nothing
        // A person who asks a second time does not want to wait.
        if (stop_.stop_requested()) std::_Exit(128 + which);
        stop_.request_stop();
      }
    });
  }
  ~Signals() {
    ended_ = true;
    pthread_kill(waiter_.native_handle(), SIGUSR2);
    waiter_.join();
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t set_{};
  std::stop_source stop_;
  std::atomic<bool> ended_ = false;
  std::thread waiter_;
};

/// The configuration, or nullopt with all its problems printed.
std::optional<Config> ReadConfig(const std::string& file) {
  Diagnostics problems;
  Config config = LoadConfig(file, &problems);
  if (problems.empty()) return config;
  for (const Diagnostic& problem : problems) std::cerr << problem.ToString() << "\n";
  return std::nullopt;
}

int Run(const Config& config) {
  if (config.sources.empty()) {
    std::cerr << "mooring: no source is configured; add to mooring.yaml: sources: [{url: "
                 "/srv/fleet.git}]\n";
    return exit_code::kFailed;
  }
  const Signals signals;
  const Status ended = RunDaemon(config, signals.token());
  if (ended) return exit_code::kDone;
  std::cerr << "mooring: " << ended.error().ToString() << "\n";
  return exit_code::kFailed;
}

int Main(int argc, char** argv) {
  CLI::App app("Keeps a Docker host as its Git repository says.", "mooring");
  app.require_subcommand(1);
  app.fallthrough();
  std::string config_file = kDefaultConfigFile;
  app.add_option("--config", config_file, "the daemon's configuration")->capture_default_str();

  auto* run = app.add_subcommand("run", "run the daemon");
  std::string path = ".";
  auto* validate =
      app.add_subcommand("validate", "check specs: 0 valid, 1 could not look, 2 findings");
  validate->add_option("PATH", path, "a folder with specs, or PATH@REF")->capture_default_str();

  PlanOptions plan_options;
  auto* plan = app.add_subcommand("plan", "show what would be done to this host; needs no daemon");
  plan->add_option("--source", plan_options.source,
                   "PATH (as it lies there) or PATH@REF (a commit)")
      ->required();
  plan->add_option("-o,--output", plan_options.output, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  plan->add_flag("--detailed-exitcode", plan_options.detailed_exit_code,
                 "0 no changes, 1 failed, 2 changes or findings");

  ListOptions list;
  auto* get = app.add_subcommand("get", "list resources: mooring get [apps|sites|hosts] [NAME]");
  get->add_option("WHAT", list.what, "kind and name")->expected(0, 2);
  auto* describe =
      app.add_subcommand("describe", "everything about one resource: mooring describe app NAME");
  describe->add_option("WHAT", list.what, "kind and name")->expected(1, 2)->required();
  for (auto* command : {get, describe}) command->add_option("-n,--namespace", list.ns, "namespace");
  get->add_option("-o,--output", list.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));

  EventsOptions event_options;
  auto* events =
      app.add_subcommand("events", "what happened, oldest first: mooring events [app NAME]");
  events->add_option("WHAT", event_options.what, "kind and name")->expected(0, 2);
  events->add_option("-n,--namespace", event_options.ns, "namespace");
  events->add_option("-o,--output", event_options.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  events->add_option("--limit", event_options.limit, "how many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();

  std::string field;
  auto* explain = app.add_subcommand(
      "explain", "what a field of a spec means: mooring explain App.spec.services");
  explain->add_option("FIELD", field, "Kind.spec.field")->required();
  auto* doctor = app.add_subcommand("doctor", "check what Mooring needs on this host");
  auto* version = app.add_subcommand("version", "which build this is");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_code::kDone : exit_code::kUsage;
  }
  if (version->parsed()) {
    std::cout << fmt::format("mooring {} ({})\n", kVersion, kBuildRevision);
    return exit_code::kDone;
  }
  if (explain->parsed()) return Explain(field);
  const auto config = ReadConfig(config_file);
  if (!config) return exit_code::kFailed;
  if (run->parsed()) return Run(*config);
  if (validate->parsed()) return Validate(*config, path);
  if (get->parsed()) return Get(*config, list);
  if (describe->parsed()) return Describe(*config, list);
  if (events->parsed()) return Events(*config, event_options);
  const Signals signals;
  if (doctor->parsed()) return Doctor(*config, signals.token());
  return ShowPlan(*config, plan_options, signals.token());
}

}  // namespace
}  // namespace mooring::cli

int main(int argc, char** argv) { return mooring::cli::Main(argc, argv); }
