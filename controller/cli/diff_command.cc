// SPDX-License-Identifier: Apache-2.0
// `mooring diff`: the daemon's own plan of what is in force, against the host as it is now.
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/diff_view.h"
#include "controller/cli/exit_codes.h"
#include "controller/plan/plan_json.h"

namespace mooring::cli {
namespace {

Result<Plan> FetchPlan(ApiClient& api, const std::stop_token& stop) {
  MOORING_TRY(const Json json, api.Post("/api/v1/plan", {{"base", "applied"}}, stop));
  return PlanFromJson(json);
}

/// Only what is about `key`, as if the rest were not planned.
void KeepOnly(const ResourceKey& key, Plan& plan) {
  std::erase_if(plan.entries, [&](const auto& entry) { return entry.plan.key != key; });
  std::erase_if(plan.failures, [&](const PlanFailure& failure) {
    return failure.subject != key.ToString() &&
           std::find(failure.resources.begin(), failure.resources.end(), key) ==
               failure.resources.end();
  });
  plan.unchanged = plan.entries.empty() && plan.failures.empty() ? 1 : 0;
}

}  // namespace

int ShowDiff(Session& session, const DiffOptions& options) {
  const std::stop_token stop = session.stop();
  if (options.all != options.target.words.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument,
                        "name a resource, or write --all: mooring diff app/shop"));
  }
  const auto selection = ParseSelection(options.target.words, options.target.scope);
  if (!selection) return Report(selection.error());
  ApiClient api = session.Api();
  Progress progress(session.terminal());
  progress.Say("comparing with the host");
  ResourceKey key;
  if (!options.all) {
    const auto document = FetchOne(api, *selection);
    if (!document) return Report(document.error());
    key = KeyOf(*document);
  }
  auto plan = FetchPlan(api, stop);
  if (!plan) return Report(plan.error());
  if (!options.all) KeepOnly(key, *plan);
  progress.Clear();
  std::cout << (options.output == "json" ? RenderJson(*plan)
                                         : DiffText(*plan, session.ForTables()));
  if (!plan->failures.empty()) return exit_code::kFailed;
  const bool differs = std::any_of(plan->entries.begin(), plan->entries.end(),
                                   [](const auto& entry) { return DifferenceCount(entry) > 0; });
  return differs && options.detailed_exit_code ? exit_code::kFindings : exit_code::kDone;
}

}  // namespace mooring::cli
