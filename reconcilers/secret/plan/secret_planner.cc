// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/plan/secret_planner.h"

#include "controller/base/text.h"
#include "reconcilers/secret/plan/observation.h"

namespace mooring::secret {
namespace {

/// One field for each key whose value is another one, is new or is gone; never a value.
std::vector<FieldDiff> ChangedKeys(const std::string& field, const SecretData& before,
                                   const SecretData& after) {
  std::set<std::string> keys;
  for (const auto& [key, value] : after) {
    const auto found = before.find(key);
    if (found == before.end() || !(found->second == value)) keys.insert(key);
  }
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) keys.insert(key);
  }
  std::vector<FieldDiff> diffs;
  for (const std::string& key : keys) diffs.push_back({field + "." + key, "", "", true});
  return diffs;
}

Change MakeChange(const ResourceKey& key, Action action, std::string reason,
                  std::string origin = "", SecretDataPtr data = nullptr) {
  Change change;
  change.object = fmt::format("secret/{}/{}", key.ns, key.name);
  change.action = action;
  change.reason = std::move(reason);
  change.operation = std::make_shared<SecretOperation>(std::move(origin), std::move(data));
  return change;
}

std::string OriginOf(const Resource& secret) {
  const std::string provider = secret.spec.value("provider", "");
  return provider.empty() ? "SOPS" : "provider " + provider;
}

}  // namespace

ResourcePlan SecretPlanner::Plan(const PlanInput& input) const {
  const auto& seen = static_cast<const SecretObservation&>(*input.observed);
  ResourcePlan plan{.key = *input.key};
  if (seen.applied) {
    const std::string name = fmt::format("secret/{}/{}", input.key->ns, input.key->name);
    plan.inventory.push_back({name, input.key->name, Time()});
  }
  if (input.desired == nullptr) {
    if (!seen.applied) return plan;
    plan.action = Action::kDelete;
    plan.changes.push_back(MakeChange(*input.key, plan.action, "gone from the source"));
    return plan;
  }
  if (seen.failed) {
    plan.blocked = seen.failed;
    plan.health_message = seen.failed->ToString();
    return plan;
  }
  plan.healthy = true;
  plan.health_message =
      fmt::format("{} from {}", Count(seen.opened->size(), "value"), OriginOf(*input.desired));
  for (const auto& [key, value] : *seen.opened) plan.details["keys"].push_back(key);
  const bool from_sops = input.desired->spec.contains("data");
  const SecretData none;
  std::vector<FieldDiff> diffs =
      ChangedKeys(from_sops ? "data" : "keys", seen.applied ? *seen.applied : none, *seen.opened);
  // Encrypted anew with the same values, it changes for nobody.
  if (seen.applied && diffs.empty()) return plan;
  plan.action = seen.applied ? Action::kUpdate : Action::kCreate;
  const bool outside =
      seen.applied && input.last_applied_digest == input.desired->spec_digest && !from_sops;
  const std::string reason = !seen.applied ? "new"
                             : outside     ? "the provider has another value"
                                           : "spec changed";
  plan.changes.push_back(MakeChange(*input.key, plan.action, reason, seen.origin, seen.opened));
  plan.changes.back().diffs = std::move(diffs);
  plan.changes.back().rotation = outside;
  return plan;
}

}  // namespace mooring::secret
