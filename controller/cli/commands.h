// SPDX-License-Identifier: Apache-2.0
// The subcommands of `mooring`. Each prints to stdout what was asked for and to stderr what went
// wrong, and returns the exit code.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/selection.h"
#include "controller/cli/session.h"

namespace mooring::cli {

/// The resources that a command is about, as they stand on the command line.
struct Target {
  std::vector<std::string> words;  ///< "apps", "app shop", "app/shop"; empty: everything
  Scope scope;
};

// --- what the daemon knows ---

struct GetOptions {
  Target target;
  std::string output;    ///< "", wide, json, yaml, name
  std::string selector;  ///< -l
  bool no_headers = false;
  bool watch = false;
  bool unmanaged = false;  ///< of containers, images, networks and volumes: what nobody owns
};
int Get(Session& session, const GetOptions& options);
int Describe(Session& session, const Target& target);

struct EventsOptions {
  Target target;
  std::string output;  ///< "", json
  int limit = 100;
  bool watch = false;
};
int Events(Session& session, const EventsOptions& options);

struct WaitOptions {
  Target target;
  bool all = false;
  std::string condition = "condition=Ready";  ///< --for
  std::string timeout = "5m";
};
int Wait(Session& session, const WaitOptions& options);

struct ReconcileOptions {
  Target target;
  bool with_source = false;
  bool override_window = false;
  bool wait = false;
  std::string timeout = "5m";
};
int Reconcile(Session& session, const ReconcileOptions& options);

struct DiffOptions {
  Target target;
  bool all = false;
  std::string output;  ///< "", json
  bool detailed_exit_code = false;
};
int ShowDiff(Session& session, const DiffOptions& options);

/// How resources hang together, down to the containers.
int Tree(Session& session, const Target& target);
/// From a URL or a resource to the containers that answer and the commit that says so.
int Trace(Session& session, const Target& target);

/// Files with secrets that containers read: from their sealed copies into memory, at boot.
int RestoreSecretFiles(Session& session);

// --- what a person holds back by hand ---

struct HoldOptions {
  Target target;
  bool all = false;
  std::string source;    ///< of a rollback or resume
  std::string revision;  ///< of a rollback: what names the commit
  std::string how_long;  ///< --for; empty: as configured
  std::string reason;
};
int Suspend(Session& session, const HoldOptions& options);
int RollBack(Session& session, const HoldOptions& options);
int Resume(Session& session, const HoldOptions& options);

// --- specs ---

/// Of `mooring compose config`.
struct ComposeConfigOptions {
  std::vector<std::string> files;  ///< the later laid over the earlier; empty: the usual ones
  std::string output = "yaml";     ///< yaml, json
  bool no_interpolate = false;
  std::vector<std::string> profiles;
  std::vector<std::string> env_files;
  std::string project;
  std::string folder;  ///< what relative paths are relative to; empty: that of the first file
};
int ComposeConfig(const ComposeConfigOptions& options);

struct ValidateOptions {
  std::string path;  ///< "PATH" or "PATH@REF"
  std::string host;  ///< empty: that of the configuration, or every Host if it is none of them
};
int Validate(Session& session, const ValidateOptions& options);

struct PlanOptions {
  std::string source;  ///< "PATH" or "PATH@REF"
  std::string host;    ///< empty: that of the configuration
  std::string output;
  bool detailed_exit_code = false;
};
int ShowPlan(Session& session, const PlanOptions& options);

struct BuildOptions {
  std::string path;                ///< "PATH" or "PATH@REF"
  std::vector<std::string> words;  ///< which resources, as those of a Target; empty: all
  std::string host;                ///< empty: that of the configuration
  std::string output;              ///< yaml, json
  Scope scope;
};
/// Prints the specs as a host has them.
int Build(Session& session, const BuildOptions& options);

int Explain(const std::string& path);

/// JSON Schema of one kind; of all for "".
int PrintSchema(const std::string& kind);

struct NewOptions {
  std::string kind;  ///< app, site
  std::string name;
  std::string host;   ///< of a site; empty: an example
  std::string image;  ///< of an app; empty: an example
};
int NewSpec(const NewOptions& options);

// --- what runs on this host; the engine is asked, the daemon may be off ---

struct LogsOptions {
  std::string app;
  std::string service;  ///< empty: all
  Scope scope;
  bool follow = false;
  std::string since;  ///< "10m" or a time
  int tail = -1;      ///< of each container; -1: all
  bool timestamps = false;
};
int Logs(Session& session, const LogsOptions& options);

struct TopOptions {
  std::string app;  ///< empty: all
  Scope scope;
  bool watch = false;
};
int Top(Session& session, const TopOptions& options);

/// "containers", "images", "networks" or "volumes": what `get` lists from the engine.
bool IsEngineList(const std::string& word);
struct EngineListOptions {
  std::string what;
  std::string ns;          ///< only what belongs to resources there
  bool unmanaged = false;  ///< only what no resource owns
  bool no_headers = false;
  std::string output;  ///< "", wide, json, yaml, name
};
int ListEngine(Session& session, const EngineListOptions& options);

struct ExportOptions {
  Target target;                        ///< one App or Site
  std::vector<std::string> containers;  ///< names or ids, managed or not
  bool all = false;
  std::string output;  ///< "", yaml: the same
};
int Export(Session& session, const ExportOptions& options);

// --- this host ---

int RunMooring(Session& session);
int Doctor(const Config& config, std::stop_token stop);
/// What came of the last delivery to each webhook.
int DoctorWebhooks(Session& session);
int Version();

/// Before a packaged Caddy starts with --resume: sees to it that what it saved in `file` has its
/// admin API at `listen`. No file is fine.
int PrepareCaddyResume(const std::string& file, const std::string& listen);

}  // namespace mooring::cli
