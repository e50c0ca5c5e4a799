// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/reloader.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {
namespace {

constexpr size_t kProblemsInEvent = 3;

}  // namespace

void Reloader::ReadAgain() {
  Diagnostics problems;
  const Config next = parts_.read(&problems);
  if (!problems.empty()) return Refuse(problems);
  for (const std::string& warning : next.warnings) {
    if (std::ranges::find(running_.warnings, warning) != running_.warnings.end()) continue;
    parts_.log.With("what", warning).Warn("configuration");
  }
  Reload reload = Reconfigure(running_, next);
  running_ = std::move(reload.config);
  if (!reload.taken.empty()) parts_.take_over(running_);
  Tell(reload);
}

void Reloader::Refuse(const Diagnostics& problems) {
  std::vector<std::string> shown;
  for (const Diagnostic& problem : problems) {
    parts_.log.With("problem", problem.ToString()).Error("configuration is not valid");
    if (shown.size() < kProblemsInEvent) shown.push_back(problem.ToString());
  }
  std::string text = Count(problems.size(), "problem") + ": " + Join(shown, " | ");
  if (shown.size() < problems.size()) {
    text += fmt::format(" | and {} more", problems.size() - shown.size());
  }
  Record(Severity::kWarning, reason::kConfigurationInvalid,
         text + ". Nothing was changed; the configuration of before stays in force");
}

void Reloader::Tell(const Reload& reload) {
  std::vector<std::string> said;
  if (!reload.taken.empty()) said.push_back("in force now: " + Join(reload.taken, ", "));
  if (!reload.needs_restart.empty()) {
    const std::string keys = Join(reload.needs_restart, ", ");
    said.push_back(keys + ": needs a restart: systemctl restart mooring");
    parts_.log.With("keys", keys)
        .Warn("needs a restart: systemctl restart mooring (workloads go on)");
  }
  parts_.log.With("changed", reload.taken.empty() ? "nothing" : Join(reload.taken, ", "))
      .Info("configuration read again");
  if (said.empty()) return;
  Record(Severity::kInfo, reason::kConfigurationChanged, Join(said, "; "));
}

void Reloader::Record(Severity severity, const char* reason, const std::string& message) {
  parts_.events.Record(severity, {"Host", "", running_.host_name}, reason, message, "");
}

}  // namespace mooring::cli
