// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_builder.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "controller/plan/fields.h"
#include "controller/plan/sync_windows.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

Error DisabledError(const ResourceKey& key, const std::map<std::string, std::string>& disabled) {
  const auto found = disabled.find(key.kind);
  const std::string why =
      found == disabled.end()
          ? fmt::format(
                "no reconciler for kind {} is on; switch it on in mooring.yaml, or keep "
                "{}s off this host",
                key.kind, key.kind)
          : fmt::format("{} is false in mooring.yaml: {}s are left as they are on this host",
                        found->second, key.kind);
  return Error(ErrorCode::kFailedPrecondition, why).WithReason(reason::kReconcilerDisabled);
}

/// A Namespace or a Host is nothing on any host: it says something about others.
bool IsOnlySaid(const std::string& kind) { return kind == "Namespace" || kind == "Host"; }

ResourcePlan PlanOfSaid(const ResourceKey& key, const Resource* desired) {
  ResourcePlan plan{.key = key, .healthy = true};
  if (desired == nullptr) return plan;
  const auto resources = desired->derived.find("resources");
  if (resources != desired->derived.end())
    plan.health_message = Count(resources->get<size_t>(), "resource");
  return plan;
}

using ReadSecret = std::function<Result<SecretDataPtr>(const ResourceKey&)>;

/// The values of all references of `resource`; each Secret is read once.
Result<SecretValues> ValuesFor(const Resource& resource, const ReadSecret& read) {
  SecretValues values;
  std::map<ResourceKey, SecretDataPtr> secrets;
  for (const SecretUse& use : resource.secrets) {
    const ResourceKey key = use.ref.Secret();
    const auto [found, is_new] = secrets.try_emplace(key);
    if (is_new) {
      auto data = read(key);
      if (!data) {
        return std::unexpected(std::move(data).error().WithContext("open " + key.ToString()));
      }
      found->second = *std::move(data);
    }
    const SecretDataPtr& data = found->second;
    const auto value = data == nullptr ? SecretData::const_iterator() : data->find(use.ref.key);
    if (data == nullptr || value == data->end()) {
      return std::unexpected(
          Error(ErrorCode::kUnavailable,
                fmt::format("the value of {} is not known yet; it is tried again once {} is Ready",
                            use.ref.key, key.ToString()))
              .WithReason(reason::kDependencyNotReady));
    }
    values.Add(use.ref, value->second);
  }
  return values;
}

/// Who holds it back: "suspend is true", "Namespace/team-blue is suspended"; "" when nobody does.
std::string SuspendedBy(const Resource& resource) {
  const auto suspend = resource.spec.find("suspend");
  if (suspend != resource.spec.end() && *suspend == true) return "suspend is true";
  const auto by = resource.derived.find("suspendedBy");
  return by == resource.derived.end() ? "" : by->get<std::string>() + " is suspended";
}

bool OnlyReportsDrift(const Resource& resource) {
  const auto drift = resource.spec.find("drift");
  return drift != resource.spec.end() && drift->is_object() && drift->contains("mode") &&
         (*drift)["mode"] == "Report";
}

Impact WorstOf(const std::vector<Change>& changes) {
  Impact worst = Impact::kNone;
  for (const Change& change : changes) worst = std::max(worst, change.impact);
  return worst;
}

/// drift.mode Report: what the host moved stays as it is.
void LeaveDrift(ResourcePlan* plan) {
  if (std::erase_if(plan->changes, [](const Change& change) { return change.drift; }) == 0) return;
  plan->impact = WorstOf(plan->changes);
  if (!plan->changes.empty()) return;
  plan->action = Action::kNone;
  plan->wait.reset();
  plan->notes = {"drift.mode is Report: the host is left as it is"};
}

/// Nothing is done, whatever is due. `why` stands at each change, `who` in front of the message.
void HoldBack(std::string_view why, const std::string& who, ResourcePlan* plan,
              const char* reason = reason::kSuspended) {
  for (Change& change : plan->changes) change.after = why;
  plan->wait =
      Wait{reason, plan->changes.empty()
                       ? who + "; the host is as the spec says"
                       : who + "; " + Count(plan->changes.size(), "change") + " held back"};
}

/// Keys that go, dependents first; of those that could go next, the greatest key.
std::vector<ResourceKey> DeleteOrder(std::set<ResourceKey> keys, const LastAppliedLookup& lookup) {
  std::map<ResourceKey, std::set<ResourceKey>> dependents;  // of keys that go, and still there
  std::map<ResourceKey, std::vector<ResourceKey>> dependencies;
  for (const ResourceKey& key : keys) {
    if (!lookup) break;
    for (const ResourceKey& dependency : lookup(key).depends_on) {
      if (dependency == key || !keys.contains(dependency)) continue;
      dependents[dependency].insert(key);
      dependencies[key].push_back(dependency);
    }
  }
  std::vector<ResourceKey> order;
  std::set<ResourceKey> ready;
  for (const ResourceKey& key : keys) {
    if (dependents[key].empty()) ready.insert(key);
  }
  while (!keys.empty()) {
    // What was remembered may hold a cycle; break it anywhere.
    const ResourceKey next = ready.empty() ? *keys.rbegin() : *ready.rbegin();
    ready.erase(next);
    keys.erase(next);
    order.push_back(next);
    for (const ResourceKey& dependency : dependencies[next]) {
      if (dependents[dependency].erase(next) > 0 && dependents[dependency].empty() &&
          keys.contains(dependency)) {
        ready.insert(dependency);
      }
    }
  }
  return order;
}

/// One preview in the making.
class SetPlan {
 public:
  SetPlan(const PlanRequest& request, Plan* plan) : request_(request), plan_(plan) {}

  std::string LastDigest(const ResourceKey& key) const {
    return request_.last_applied ? request_.last_applied(key).digest : "";
  }

  void AddDesired(const Resource& resource, Result<ResourcePlan> planned) {
    ResourcePlanEntry entry;
    if (request_.policy != nullptr) entry.findings = request_.policy->Check(resource);
    if (!planned && planned.error().reason() == reason::kReconcilerDisabled) {
      planned = ResourcePlan{.key = resource.key,
                             .wait = Wait{reason::kReconcilerDisabled, planned.error().ToString()}};
    }
    if (!planned) {
      plan_->failures.push_back(
          {resource.key.ToString(), {resource.key}, std::move(planned).error()});
      if (entry.findings.empty()) return;
      planned = ResourcePlan{.key = resource.key};
    }
    entry.plan = *std::move(planned);
    const bool rotates = std::ranges::any_of(entry.plan.changes, &Change::rotation);
    if (rotates || resource.spec_digest != LastDigest(resource.key)) WaitForWindow(&entry.plan);
    const bool drifted = !entry.plan.drift.empty();
    if (!entry.plan.HasChanges() && !entry.plan.wait && !entry.plan.blocked && !drifted &&
        entry.plan.confirm.empty() && entry.findings.empty()) {
      ++plan_->unchanged;
      return;
    }
    entry.source = LocationOfChange(entry.plan, resource);
    plan_->entries.push_back(std::move(entry));
  }

  void AddDelete(const ResourceKey& key, Result<ResourcePlan> planned) {
    if (!planned) {
      plan_->failures.push_back({key.ToString(), {key}, std::move(planned).error()});
      return;
    }
    auto blocker = HeldDelete(key);
    if (!blocker) blocker = DeleteBlocker(*request_.desired, key);
    if (blocker) {
      planned->changes.clear();
      planned->action = Action::kNone;
      planned->impact = Impact::kNone;
      planned->notes.clear();
      planned->wait = std::move(blocker);
    }
    WaitForWindow(&*planned);
    if (!planned->HasChanges() && !planned->wait && !planned->blocked) return;
    plan_->entries.push_back({*std::move(planned), {}, {}});
  }

  /// The same judgement as the loop's. `owned` is what the host holds.
  void JudgeDeletes(const std::vector<ResourceKey>& owned) {
    if (!request_.whole) return;
    std::vector<KnownResource> known = request_.known;
    for (const ResourceKey& key : owned) known.push_back({key, ""});
    plan_->held = JudgePrune({.desired = request_.desired,
                              .known = std::move(known),
                              .before = &request_.prune,
                              .remembers = request_.remembers})
                      .held;
  }

 private:
  /// As in the loop: what is not applied yet waits until the namespace lets it through.
  void WaitForWindow(ResourcePlan* plan) const {
    const bool suspended = plan->wait && plan->wait->reason == reason::kSuspended;
    if (!plan->HasChanges() || suspended) return;
    const auto closed = SyncWindows::For(plan->key, *request_.desired).ClosedAt(plan_->observed_at);
    if (!closed) return;
    for (Change& change : plan->changes) change.after = "the sync windows are closed";
    plan->wait = Wait{reason::kOutsideSyncWindow, closed->Of(plan->key)};
  }

  /// The message is short: the plan says once what is to be done about all of them.
  std::optional<Wait> HeldDelete(const ResourceKey& key) const {
    for (const HeldPrune& held : plan_->held) {
      if (!std::ranges::binary_search(held.resources, key)) continue;
      return Wait{held.reason, fmt::format("not removed until {} is confirmed", held.confirm)};
    }
    return std::nullopt;
  }

  const PlanRequest& request_;
  Plan* plan_;
};

/// Whether `key`, which the host holds, goes: nobody desires it, and whoever did was asked.
bool IsToGo(const PlanRequest& request, const ResourceKey& key) {
  if (!request.whole || request.desired->Find(key) != nullptr) return false;
  const std::string source =
      request.last_applied ? request.last_applied(key).source_name : std::string();
  return request.desired->WhatIfAbsent(source) == DesiredSet::Absent::kPrune;
}

void HoldAsRequested(const PlanRequest& request, ResourcePlan* plan) {
  const std::string who = request.suspended ? request.suspended(plan->key) : "";
  if (!who.empty()) HoldBackByHand(who, plan);
}

/// As in the loop: a spec that has failed is not tried again by itself.
void HoldBackFailed(const PlanRequest& request, const Resource& resource, ResourcePlan* plan) {
  const std::string why = request.failed && plan->HasChanges() ? request.failed(resource) : "";
  if (!why.empty()) HoldBack("this spec has failed", why, plan, reason::kRolledBack);
}

}  // namespace

PlanBuilder::PlanBuilder(std::vector<ReadSide> readers, const Clock& clock,
                         std::map<std::string, std::string> disabled, SecretReader* secrets)
    : readers_(std::move(readers)),
      disabled_(std::move(disabled)),
      clock_(clock),
      secrets_(secrets) {
  for (size_t i = 0; i < readers_.size(); ++i) {
    for (const std::string& kind : readers_[i].kinds) reader_of_kind_.emplace(kind, i);
  }
}

const ReadSide* PlanBuilder::ReaderOf(const std::string& kind) const {
  const auto found = reader_of_kind_.find(kind);
  return found == reader_of_kind_.end() ? nullptr : &readers_[found->second];
}

/// Observes and plans, or, when nothing of what that would be made from has moved, gives what came
/// of it before. Values of Secrets move without the spec, so who uses any is always compared.
Result<ResourcePlan> PlanBuilder::Compare(const PlanInput& input, const ReadSide& reader,
                                          std::stop_token stop) const {
  const ResourceKey& key = *input.key;
  const Resource* desired = input.desired;
  const bool remembers = desired == nullptr || desired->secrets.empty();
  if (remembers) {
    if (auto known = at_rest_.Find(key, desired, input.last_applied_digest,
                                   reader.observer->Version(key), clock_.Now()))
      return *std::move(known);
  }
  auto observed = reader.observer->Observe(key, desired, stop);
  if (!observed) {
    return std::unexpected(std::move(observed)
                               .error()
                               .WithContext("look at " + key.ToString() + " in " + reader.name)
                               .WithReason(reason::kObservationFailed));
  }
  PlanInput complete = input;
  complete.observed = observed->get();
  ResourcePlan plan = reader.planner->Plan(complete);
  plan.key = key;
  if (remembers)
    at_rest_.Put(key, desired, input.last_applied_digest, (*observed)->version(), plan);
  return plan;
}

Result<ResourcePlan> PlanBuilder::Observed(const PlanInput& input, const ReadSide& reader,
                                           std::stop_token stop) const {
  const Resource* desired = input.desired;
  MOORING_TRY(ResourcePlan plan, Compare(input, reader, stop));
  if (desired != nullptr && OnlyReportsDrift(*desired)) LeaveDrift(&plan);
  if (desired == nullptr) return plan;
  if (const std::string by = SuspendedBy(*desired); !by.empty())
    HoldBack(by, by == "suspend is true" ? "suspended" : by, &plan);
  return plan;
}

Result<ResourcePlan> PlanBuilder::PlanOne(const ResourceKey& key, const Resource* desired,
                                          const std::string& last_applied_digest,
                                          const std::string& revision, std::stop_token stop,
                                          Remembered remembered) const {
  if (IsOnlySaid(key.kind)) return PlanOfSaid(key, desired);
  const ReadSide* reader = ReaderOf(key.kind);
  if (reader == nullptr) return std::unexpected(DisabledError(key, disabled_));
  SecretValues values;
  if (desired != nullptr) {
    MOORING_TRY(values,
                ValuesFor(*desired, [&](const ResourceKey& secret) -> Result<SecretDataPtr> {
                  return secrets_ == nullptr ? nullptr : secrets_->Applied(secret);
                }));
  }
  return Observed({.key = &key,
                   .desired = desired,
                   .last_applied_digest = last_applied_digest,
                   .secrets = &values,
                   .revision = revision,
                   .remembered = std::move(remembered)},
                  *reader, stop);
}

/// As PlanOne, with the values that the Secrets of the set will have.
Result<ResourcePlan> PlanBuilder::PlanInSet(const PlanRequest& request, const Resource& resource,
                                            const LastApplied& last, Opened& opened,
                                            std::stop_token stop) const {
  const Remembered remembered{.details = last.details.is_object() ? &last.details : nullptr};
  const std::string& revision = request.desired->revision();
  const ReadSide* reader = ReaderOf(resource.key.kind);
  if (resource.secrets.empty() || reader == nullptr || secrets_ == nullptr)
    return PlanOne(resource.key, &resource, last.digest, revision, stop, remembered);
  MOORING_TRY(const SecretValues values,
              ValuesFor(resource, [&](const ResourceKey& key) -> Result<SecretDataPtr> {
                const Resource* secret = request.desired->Find(key);
                if (secret == nullptr) return nullptr;
                const auto known = opened.find(key);
                if (known != opened.end()) return known->second;
                return opened.emplace(key, secrets_->Open(*secret, stop)).first->second;
              }));
  return Observed({.key = &resource.key,
                   .desired = &resource,
                   .last_applied_digest = last.digest,
                   .secrets = &values,
                   .revision = revision,
                   .remembered = remembered},
                  *reader, stop);
}

Result<std::vector<ResourceKey>> PlanBuilder::ReadHost(const ReadSide& reader,
                                                       std::stop_token stop) const {
  MOORING_RETURN_IF_ERROR(reader.observer->Refresh(stop));
  return reader.observer->Owned(stop);
}

Plan PlanBuilder::PlanSet(const PlanRequest& request, std::stop_token stop) const {
  Plan plan{.host = request.host,
            .source = request.source,
            .held_at = request.held_at,
            .observed_at = clock_.Now()};
  SetPlan set_plan(request, &plan);

  std::set<const ReadSide*> blind;
  std::set<ResourceKey> to_delete;
  std::vector<ResourceKey> all_owned;
  for (const ReadSide& reader : readers_) {
    auto owned = ReadHost(reader, stop);
    if (owned) {
      all_owned.insert(all_owned.end(), owned->begin(), owned->end());
      std::ranges::copy_if(*owned, std::inserter(to_delete, to_delete.end()),
                           [&](const ResourceKey& key) { return IsToGo(request, key); });
      continue;
    }
    PlanFailure failure{reader.name, {}, std::move(owned).error()};
    for (const ResourceKey& key : request.desired->Order()) {
      if (ReaderOf(key.kind) == &reader) failure.resources.push_back(key);
    }
    failure.error = failure.error.WithReason(reason::kObservationFailed);
    plan.failures.push_back(std::move(failure));
    blind.insert(&reader);
  }

  Opened opened;
  set_plan.JudgeDeletes(all_owned);
  for (const ResourceKey& key : request.desired->Order()) {
    if (stop.stop_requested()) break;
    if (IsOnlySaid(key.kind)) continue;
    const ReadSide* reader = ReaderOf(key.kind);
    if (reader != nullptr && blind.contains(reader)) continue;
    const Resource& resource = *request.desired->Find(key);
    const LastApplied last = request.last_applied ? request.last_applied(key) : LastApplied();
    auto planned = PlanInSet(request, resource, last, opened, stop);
    if (planned) HoldBackFailed(request, resource, &*planned);
    if (planned) HoldAsRequested(request, &*planned);
    set_plan.AddDesired(resource, std::move(planned));
  }
  for (const ResourceKey& key : DeleteOrder(std::move(to_delete), request.last_applied)) {
    if (stop.stop_requested()) break;
    const LastApplied last = request.last_applied ? request.last_applied(key) : LastApplied();
    auto planned = PlanOne(
        key, nullptr, last.digest, request.desired->revision(), stop,
        {.details = last.details.is_object() ? &last.details : nullptr, .document = last.document});
    if (planned && planned->HasChanges()) HoldAsRequested(request, &*planned);
    set_plan.AddDelete(key, std::move(planned));
  }
  if (stop.stop_requested()) {
    plan.failures.push_back(
        {"plan", {}, Error(ErrorCode::kCancelled, "the plan was interrupted; it is not complete")});
  }
  return plan;
}

void HoldBackByHand(const std::string& who, ResourcePlan* plan) {
  HoldBack("suspended by hand", who, plan);
}

std::optional<Wait> DeleteBlocker(const DesiredSet& desired, const ResourceKey& key) {
  const Resource* ns = desired.Find({"Namespace", "", key.ns});
  if (ns != nullptr && ns->spec.value("suspend", false)) {
    return Wait{reason::kSuspended,
                ns->key.ToString() + " is suspended; it goes once nothing holds it"};
  }
  std::vector<std::string> users;
  for (const ResourceKey& user : desired.DependentsOf(key)) users.push_back(user.ToString());
  if (users.empty()) return std::nullopt;
  return Wait{reason::kInUse, "still used by " + Join(users, ", ") + "; it goes once nothing does"};
}

}  // namespace mooring
