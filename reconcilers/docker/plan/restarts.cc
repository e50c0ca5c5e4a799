// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/restarts.h"

#include "controller/base/text.h"
#include "reconcilers/docker/plan/job_run.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {
namespace {

constexpr char kDetails[] = "restarted";
/// The most values that are known to have been acted on.
constexpr size_t kMost = 100;

void AddAll(const std::vector<std::string>& values, std::vector<std::string>& all) {
  for (const std::string& value : values) {
    if (!value.empty() && all.size() < kMost && std::ranges::find(all, value) == all.end())
      all.push_back(value);
  }
}

bool Knows(const std::vector<std::string>& values, const std::string& value) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

void RecallRestarts(AppContext& context) {
  AppContext::Restarts& restarts = context.restarts;
  if (!context.app.restarted_at.empty()) restarts.wanted = ShortRun(context.app.restarted_at);
  const Json* details = context.input.remembered.details;
  if (details != nullptr && details->is_object())
    AddAll(details->value(kDetails, std::vector<std::string>()), restarts.remembered);
  restarts.known = restarts.remembered;
  for (const ObservedContainer& container : context.seen.containers)
    AddAll(Split(container.summary->Label(label::kRestarted), ','), restarts.known);
}

void FollowRestart(AppContext& context, Candidate& candidate) {
  AppContext::Restarts& restarts = context.restarts;
  // Where nothing is known of before, what is there was restarted for all that anybody knows.
  if (restarts.wanted.empty() || context.input.last_applied_digest.empty() ||
      Knows(restarts.remembered, restarts.wanted) ||
      Knows(Split(candidate.summary().Label(label::kRestarted), ','), restarts.wanted))
    return;
  restarts.due = true;
  if (candidate.outdated) return;
  candidate.outdated = true;
  candidate.why = "restartedAt has another value";
  candidate.diffs.push_back({"restartedAt", "(not since)", context.app.restarted_at});
}

std::string RestartLabel(const AppContext& context) {
  std::vector<std::string> values;
  AddAll({context.restarts.wanted}, values);
  AddAll(context.restarts.known, values);
  return Join(values, ",");
}

void RememberRestarts(AppContext& context, bool looked) {
  std::vector<std::string> values;
  if (looked && !context.restarts.due) AddAll({context.restarts.wanted}, values);
  AddAll(context.restarts.remembered, values);
  if (!values.empty()) context.plan.details[kDetails] = values;
}

}  // namespace mooring::docker
