// SPDX-License-Identifier: Apache-2.0
// The commands that read specs and need no daemon: validate, plan, explain.
#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/engines.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/preview.h"
#include "controller/git/library.h"
#include "controller/manifest/explain.h"
#include "controller/plan/plan_json.h"
#include "controller/plan/policy.h"
#include "controller/plan/render.h"
#include "controller/store/memory_store.h"

namespace mooring::cli {
namespace {

/// The specs could not be read: a failure, also where the words of the command line are to blame.
int ReportFailure(const Error& error) {
  std::cerr << "mooring: " << error.ToString() << "\n";
  return exit_code::kFailed;
}

void PrintFindings(const SpecTree& specs) {
  std::set<std::string> with_findings;
  for (const Diagnostic& finding : specs.findings) {
    std::cout << finding.ToString() << "\n";
    with_findings.insert(finding.where.file);
  }
  std::cout << fmt::format(
      "{} in {} of {}. Nothing was changed; the last good revision keeps running.\n",
      Count(specs.findings.size(), "finding"), with_findings.size(), Count(specs.files, "file"));
}

/// What the guard rails refuse, as findings at their places.
void AddPolicyFindings(const Config& config, const DesiredSet& set, Diagnostics& findings) {
  const Policy policy = PolicyOf(config);
  for (const auto& [key, resource] : set.resources()) {
    for (const PolicyFinding& finding : policy.Check(*resource)) {
      if (finding.severity == Severity::kError) {
        findings.push_back(
            {finding.where, fmt::format("{} ({})", finding.message, finding.rule), ""});
      }
    }
  }
  std::sort(findings.begin(), findings.end());
}

/// The host's key if there is one; without it containers are compared field by field.
HostKey KeyForPreview(const Config& config) {
  auto key = HostKey::Load(config.seal_key_file);
  return key ? std::move(*key) : HostKey::FromBytes("");
}

}  // namespace

int Validate(Session& session, const std::string& path) {
  const Config& config = session.config();
  const git::Library git;
  auto specs = ReadSpecs(path, {});
  if (!specs) return ReportFailure(specs.error());
  if (specs->input.desired) AddPolicyFindings(config, *specs->input.desired, specs->findings);
  if (!specs->findings.empty()) {
    PrintFindings(*specs);
    return exit_code::kFindings;
  }
  std::cout << fmt::format("{} in {}: all valid.\n",
                           Count(specs->input.desired->resources().size(), "resource"),
                           Count(specs->files, "file"));
  return exit_code::kDone;
}

int ShowPlan(Session& session, const PlanOptions& options) {
  const Config& config = session.config();
  const std::stop_token stop = session.stop();
  const git::Library git;
  auto specs = ReadSpecs(options.source, stop);
  if (!specs) return ReportFailure(specs.error());
  if (!specs->input.desired) {
    PrintFindings(*specs);
    return exit_code::kFailed;
  }
  if (config.sources.size() > 1) {
    specs->input.whole = false;
    std::cerr << fmt::format(
        "mooring: this host follows {} sources; what these specs no longer have is not shown as "
        "deletes, it may belong to another\n",
        config.sources.size());
  }
  SystemClock clock;
  EngineReaders readers(config, KeyForPreview(config), clock, {});
  const PlanBuilder plans(readers.ReadSides(), clock, readers.DisabledKinds());
  const Policy policy = PolicyOf(config);
  const MemoryStore nothing_remembered;
  Progress progress(session.terminal());
  progress.Say(fmt::format("comparing {} with the host",
                           Count(specs->input.desired->resources().size(), "resource")));
  const auto plan =
      BuildPreview(specs->input, plans, policy, nothing_remembered, config.host_name, stop);
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
