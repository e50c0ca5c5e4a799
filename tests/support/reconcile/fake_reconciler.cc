// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reconcile/fake_reconciler.h"

#include <fmt/format.h>

#include "controller/resource/reasons.h"

namespace mooring::testing {
namespace {

struct Seen final : Observation {
  std::map<std::string, std::string> values;  ///< by object: "a"
  bool exists() const override { return !values.empty(); }
};

struct SetValue final : Operation {
  explicit SetValue(std::string to) : value(std::move(to)) {}
  std::string value;
};

std::string PrefixOf(const ResourceKey& key) {
  return fmt::format("thing/{}_{}_", key.ns, key.name);
}

std::map<std::string, std::string> Wanted(const Resource* desired) {
  if (desired == nullptr) return {};
  return desired->spec.value("objects", std::map<std::string, std::string>());
}

}  // namespace

std::string FakeReconciler::NameOf(const ResourceKey& key, const std::string& object) {
  return PrefixOf(key) + object;
}

FakeReconciler::Objects FakeReconciler::objects() const {
  std::scoped_lock lock(mutex_);
  return objects_;
}

void FakeReconciler::Put(const std::string& name, Object object) {
  std::scoped_lock lock(mutex_);
  objects_[name] = std::move(object);
}

void FakeReconciler::Remove(const std::string& name) {
  std::scoped_lock lock(mutex_);
  objects_.erase(name);
}

std::vector<std::string> FakeReconciler::changes() const {
  std::scoped_lock lock(mutex_);
  return changes_;
}

int FakeReconciler::observations() const {
  std::scoped_lock lock(mutex_);
  return observations_;
}

int FakeReconciler::refreshes() const {
  std::scoped_lock lock(mutex_);
  return refreshes_;
}

void FakeReconciler::FailNth(int n, Error error) {
  std::scoped_lock lock(mutex_);
  faults_.push_back({.in = n, .instead = std::move(error)});
}

void FakeReconciler::TimeOutNth(int n) {
  std::scoped_lock lock(mutex_);
  faults_.push_back({.in = n, .then_time_out = true});
}

void FakeReconciler::SetUnreachable(std::optional<Error> error) {
  std::scoped_lock lock(mutex_);
  unreachable_ = std::move(error);
}

void FakeReconciler::AbortLooks(int count) {
  std::scoped_lock lock(mutex_);
  aborted_looks_ = count;
}

void FakeReconciler::SetStuck(bool stuck) {
  std::scoped_lock lock(mutex_);
  stuck_ = stuck;
  moved_.notify_all();
}

void FakeReconciler::AwaitStuck() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [&] { return is_stuck_; });
}

void FakeReconciler::SetPending(bool pending) {
  std::scoped_lock lock(mutex_);
  pending_ = pending;
}

void FakeReconciler::FlushPending() {
  std::scoped_lock lock(mutex_);
  for (const auto& [key, change] : std::exchange(pending_edits_, {})) (void)Do(key, change);
}

Result<std::shared_ptr<const Observation>> FakeReconciler::Observe(const ResourceKey& key,
                                                                   const Resource*,
                                                                   std::stop_token) {
  std::scoped_lock lock(mutex_);
  ++observations_;
  if (unreachable_) return std::unexpected(*unreachable_);
  if (aborted_looks_ > 0) {
    --aborted_looks_;
    return Fail(ErrorCode::kAborted, "the host moved");
  }
  auto seen = std::make_shared<Seen>();
  for (const auto& [name, object] : objects_) {
    if (object.owner == key.ToString()) {
      seen->values[name.substr(PrefixOf(key).size())] = object.value;
    }
  }
  return seen;
}

Status FakeReconciler::Refresh(std::stop_token) {
  std::scoped_lock lock(mutex_);
  ++refreshes_;
  if (unreachable_) return std::unexpected(*unreachable_);
  return {};
}

Result<std::vector<ResourceKey>> FakeReconciler::Owned(std::stop_token) {
  std::scoped_lock lock(mutex_);
  if (unreachable_) return std::unexpected(*unreachable_);
  std::set<ResourceKey> owners;
  for (const auto& [name, object] : objects_) {
    if (const auto key = ResourceKey::Parse(object.owner)) owners.insert(*key);
  }
  return std::vector<ResourceKey>(owners.begin(), owners.end());
}

ResourcePlan FakeReconciler::Plan(const PlanInput& input) const {
  const auto& seen = static_cast<const Seen&>(*input.observed);
  const auto wanted = Wanted(input.desired);
  const bool drift =
      input.desired != nullptr && input.desired->spec_digest == input.last_applied_digest;
  ResourcePlan plan;
  const auto add = [&](Action action, const std::string& object, const std::string& actual,
                       const std::string& value) {
    Change change{.object = NameOf(*input.key, object), .action = action, .drift = drift};
    if (action != Action::kDelete) change.diffs = {{"objects." + object, actual, value}};
    if (drift) plan.drift.push_back({"/objects/" + object, value, actual, {}, {}});
    change.operation = std::make_shared<SetValue>(value);
    plan.changes.push_back(std::move(change));
  };
  for (const auto& [object, value] : wanted) {
    const auto found = seen.values.find(object);
    if (found == seen.values.end()) {
      add(Action::kCreate, object, "missing", value);
    } else if (found->second != value) {
      add(Action::kReplace, object, found->second, value);
    }
  }
  for (auto it = seen.values.rbegin(); it != seen.values.rend(); ++it) {
    const std::string name = NameOf(*input.key, it->first);
    plan.inventory.push_back({name, name.substr(name.find('/') + 1), {}});
    if (!wanted.contains(it->first)) add(Action::kDelete, it->first, it->second, "");
  }
  plan.action = plan.changes.empty() ? Action::kNone : plan.changes.front().action;
  plan.healthy = plan.changes.empty() && !unhealthy.contains(*input.key);
  plan.health_message = fmt::format("{} of {} objects", seen.values.size(), wanted.size());
  if (on_plan) on_plan(input, plan);
  return plan;
}

std::optional<FakeReconciler::Fault> FakeReconciler::TakeFault() {
  std::optional<Fault> due;
  for (Fault& fault : faults_) {
    if (--fault.in == 0) due = fault;
  }
  std::erase_if(faults_, [](const Fault& fault) { return fault.in <= 0; });
  return due;
}

/// Idempotent, as an Applier must be.
Status FakeReconciler::Do(const ResourceKey& key, const Change& change) {
  if (allow && !allow()) return Fail(ErrorCode::kCancelled, "the process is dead");
  const auto found = objects_.find(change.object);
  if (found != objects_.end() && found->second.owner != key.ToString()) {
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition, change.object + " exists and is not ours")
            .WithReason(reason::kNameConflict));
  }
  if (change.action == Action::kDelete) {
    objects_.erase(change.object);
  } else {
    const auto& operation = static_cast<const SetValue&>(*change.operation);
    objects_[change.object] = {key.ToString(), operation.value};
  }
  changes_.push_back(fmt::format("{} {}", ActionName(change.action), change.object));
  return {};
}

Result<Applied> FakeReconciler::Apply(const ResourceKey& key, const Change& change,
                                      std::stop_token stop) {
  if (on_apply) on_apply(key);
  std::unique_lock lock(mutex_);
  if (stuck_) {
    is_stuck_ = true;
    moved_.notify_all();
    moved_.wait(lock, stop, [&] { return !stuck_; });
    is_stuck_ = false;
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cut");
  }
  const auto fault = TakeFault();
  if (fault && fault->instead) return std::unexpected(*fault->instead);
  if (pending_) {
    pending_edits_.emplace_back(key, change);
    return Applied::kPending;
  }
  MOORING_RETURN_IF_ERROR(Do(key, change));
  if (fault) return Fail(ErrorCode::kDeadlineExceeded, "no answer in 30s");
  return Applied::kDone;
}

}  // namespace mooring::testing
