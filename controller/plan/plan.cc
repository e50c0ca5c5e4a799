// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan.h"

#include <algorithm>

namespace mooring {

bool HasChanges(const Plan& plan) {
  return std::ranges::any_of(plan.entries, [](const auto& e) { return e.plan.HasChanges(); });
}

Impact WorstImpact(const Plan& plan) {
  Impact worst = Impact::kNone;
  for (const ResourcePlanEntry& entry : plan.entries) worst = std::max(worst, entry.plan.impact);
  return worst;
}

bool IsRefused(const ResourcePlanEntry& entry) {
  return std::ranges::any_of(entry.findings,
                             [](const auto& f) { return f.severity == Severity::kError; });
}

int ExitCode(const Plan& plan, bool detailed) {
  if (!plan.failures.empty()) return 1;
  if (!detailed) return 0;
  const bool differs = std::ranges::any_of(plan.entries, [](const auto& e) {
    return e.plan.HasChanges() || e.plan.blocked || !e.findings.empty();
  });
  return differs || !plan.held.empty() ? 2 : 0;
}

}  // namespace mooring
