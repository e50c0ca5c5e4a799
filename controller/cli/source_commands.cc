// SPDX-License-Identifier: Apache-2.0
// The commands that compare specs with something else, without the daemon: plan, explain.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/engines.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/findings_text.h"
#include "controller/cli/holding.h"
#include "controller/cli/preview.h"
#include "controller/git/library.h"
#include "controller/holds/hold_file.h"
#include "controller/manifest/explain.h"
#include "controller/plan/plan_json.h"
#include "controller/plan/policy.h"
#include "controller/plan/render.h"
#include "controller/store/memory_store.h"

namespace mooring::cli {
namespace {

/// What the host calls the source that the specs are of: the first one.
std::string SourceName(const Config& config) {
  return config.sources.empty() ? SourceConfig().name : config.sources.front().name;
}

/// The host's key if there is one; without it containers are compared field by field.
HostKey KeyForPreview(const Config& config) {
  auto key = HostKey::Load(config.seal_key_file);
  return key ? std::move(*key) : HostKey::FromBytes("");
}

/// What is held by hand, as far as this user may know.
void AddHoldsOf(const Config& config, Time now, PreviewInput& input) {
  if (const auto holds = ReadHolds(HoldFileBeside(config.seal_key_file))) {
    AddHolds(*holds, now, input);
  } else {
    std::cerr << "mooring: " << holds.error().ToString()
              << "; what is suspended by hand is planned as if it were not\n";
  }
  if (const auto failed = ReadFailedSpecs(FailedFileBeside(config.seal_key_file))) {
    AddFailed(*failed, input);
  } else {
    std::cerr << "mooring: " << failed.error().ToString()
              << "; a spec that has failed is planned as if it had not\n";
  }
}

}  // namespace

int ShowPlan(Session& session, const PlanOptions& options) {
  const Config& config = session.config();
  const std::stop_token stop = session.stop();
  const git::Library git;
  const std::string& host = options.host.empty() ? config.host_name : options.host;
  auto specs = ReadSpecs(options.source, host, stop, SourceName(config));
  if (!specs) return ReportFailure(specs.error());
  if (!specs->input.desired) {
    PrintFindings(specs->findings, specs->files);
    return exit_code::kFailed;
  }
  specs->input.remembers = false;
  if (config.sources.size() > 1) {
    specs->input.whole = false;
    std::cerr << fmt::format(
        "mooring: this host follows {} sources; what these specs no longer have is not shown as "
        "deletes, it may belong to another\n",
        config.sources.size());
  }
  SystemClock clock;
  AddHoldsOf(config, clock.Now(), specs->input);
  EngineReaders readers(config, KeyForPreview(config), clock, {});
  const PlanBuilder plans(readers.ReadSides(), clock, readers.DisabledKinds(), &readers.secrets);
  const Policy policy = PolicyOf(config);
  const MemoryStore nothing_remembered;
  Progress progress(session.terminal());
  progress.Say(fmt::format("comparing {} with the host",
                           Count(specs->input.desired->resources().size(), "resource")));
  const auto plan = BuildPreview(specs->input, plans, policy, nothing_remembered, host, stop);
  progress.Clear();
  if (!plan) return ReportFailure(plan.error());
  if (options.output == "json") {
    std::cout << RenderJson(*plan);
  } else if (options.output == "markdown") {
    std::cout << RenderMarkdown(*plan, {});
  } else {
    std::cout << RenderText(*plan);
  }
  return ExitCode(*plan, options.detailed_exit_code);
}

int Explain(const std::string& path) {
  const auto text = manifest::Explain(path);
  if (!text) return ReportFailure(text.error());
  std::cout << *text;
  return exit_code::kDone;
}

}  // namespace mooring::cli
