// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/findings_text.h"
#include "controller/cli/preview.h"
#include "controller/git/library.h"
#include "controller/plan/policy.h"

namespace mooring::cli {
namespace {

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
}

/// Where the specs are checked: on the Host that was named, on this one, or, where this machine is
/// none of the fleet's, on each of them.
Result<std::vector<std::string>> HostsToCheck(const Config& config,
                                              const ValidateOptions& options) {
  if (!options.host.empty()) return std::vector{options.host};
  MOORING_TRY(const SpecTree specs, ReadSpecs(options.path, config.host_name, {}));
  const bool is_ours =
      specs.hosts.empty() || std::ranges::find(specs.hosts, config.host_name) != specs.hosts.end();
  if (is_ours) return std::vector{config.host_name};
  std::vector<std::string> hosts = specs.hosts;
  std::ranges::sort(hosts);
  return hosts;
}

struct Checked {
  Diagnostics findings;  ///< of all hosts, each once
  size_t files = 0;
  std::set<ResourceKey> resources;
  std::string note;  ///< that is no finding; empty: none
};

Result<Checked> Check(const Config& config, const ValidateOptions& options,
                      const std::vector<std::string>& hosts) {
  Checked checked;
  for (const std::string& host : hosts) {
    MOORING_TRY(SpecTree specs, ReadSpecs(options.path, host, {}));
    checked.files = specs.files;
    checked.note = specs.note;
    if (specs.input.desired) {
      AddPolicyFindings(config, *specs.input.desired, specs.findings);
      for (const auto& [key, resource] : specs.input.desired->resources())
        checked.resources.insert(key);
    }
    for (Diagnostic& finding : specs.findings) {
      if (std::ranges::find(checked.findings, finding) == checked.findings.end())
        checked.findings.push_back(std::move(finding));
    }
  }
  std::ranges::sort(checked.findings);
  return checked;
}

}  // namespace

int Validate(Session& session, const ValidateOptions& options) {
  const Config& config = session.config();
  const git::Library git;
  const auto hosts = HostsToCheck(config, options);
  if (!hosts) return ReportFailure(hosts.error());
  const auto checked = Check(config, options, *hosts);
  if (!checked) return ReportFailure(checked.error());
  if (!checked->findings.empty()) {
    PrintFindings(checked->findings, checked->files);
    return exit_code::kFindings;
  }
  if (!checked->note.empty()) std::cerr << "mooring: " << checked->note << "\n";
  const std::string where =
      hosts->size() > 1
          ? fmt::format(" on {} ({})", Count(hosts->size(), "host"), Join(*hosts, ", "))
          : "";
  std::cout << fmt::format("{} in {}: all valid{}.\n", Count(checked->resources.size(), "resource"),
                           Count(checked->files, "file"), where);
  return exit_code::kDone;
}

}  // namespace mooring::cli
