// SPDX-License-Identifier: Apache-2.0
// Observes and plans: the one way to a plan, for the loop (one key) and for previews (the set). It
// holds the reading halves of the reconcilers and no applier, so it cannot write. Thread-safe as
// far as the observers are; owns none of them.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/graph/desired_set.h"
#include "controller/plan/plan.h"
#include "controller/plan/plan_memory.h"
#include "controller/plan/policy.h"
#include "controller/plan/prune_judgement.h"
#include "controller/reconcile/reconciler.h"

namespace mooring {

/// What is remembered of a key. Empty when nothing is.
struct LastApplied {
  std::string digest;                   ///< ResourceStatus::last_applied_digest
  std::vector<ResourceKey> depends_on;  ///< ResourceStatus::depends_on
  std::string source_name;              ///< ResourceStatus::source_name
  nlohmann::json details;               ///< ResourceStatus::details
  std::string document;                 ///< ResourceStatus::observed_spec_digest, with details
};
using LastAppliedLookup = std::function<LastApplied(const ResourceKey&)>;
/// Who suspended a resource by hand, for a person; empty: nobody.
using SuspensionLookup = std::function<std::string(const ResourceKey&)>;
/// Why a spec is not tried again, for a person; empty: it is no spec that has failed.
using FailedSpecLookup = std::function<std::string(const Resource&)>;

/// What a preview compares with the host.
struct PlanRequest {
  const DesiredSet* desired = nullptr;  ///< never null
  std::string host;
  std::string source;              ///< "working tree on main@4b1c9e2"
  LastAppliedLookup last_applied;  ///< none: nothing was ever applied
  const Policy* policy = nullptr;  ///< null: resources are not judged
  bool whole = true;  ///< false: others desire more than this set, so nothing is planned to go
  SuspensionLookup suspended = nullptr;  ///< none: nothing is suspended by hand
  FailedSpecLookup failed = nullptr;     ///< none: no spec has failed
  std::string held_at = "";              ///< see Plan::held_at
  std::vector<KnownResource> known;      ///< all of which something is remembered
  PruneState prune;                      ///< what was judged of deletes before
  bool remembers = true;                 ///< false: there is no store that could remember
};

class PlanBuilder {
 public:
  /// Each kind belongs to at most one of `readers`. Observers, planners and clock must outlive
  /// this. `disabled`: kinds that are off on this host, each with the key of mooring.yaml.
  /// `secrets`, if there are any, must outlive this as well.
  PlanBuilder(std::vector<ReadSide> readers, const Clock& clock,
              std::map<std::string, std::string> disabled = {}, SecretReader* secrets = nullptr);

  /// Observes `key` and plans it, with the values of Secrets as they were applied; `desired` null:
  /// it is to go. In the plan, the changes of a
  /// suspended resource wait, and drift that is only to be reported causes none. A Namespace, which
  /// is nothing on any host, is as desired.
  /// Fails with FailedPrecondition/ReconcilerDisabled when nothing here knows the kind, and with
  /// the observer's code and reason ObservationFailed when the host could not be read.
  Result<ResourcePlan> PlanOne(const ResourceKey& key, const Resource* desired,
                               const std::string& last_applied_digest, const std::string& revision,
                               std::stop_token stop, Remembered remembered = {}) const;

  /// Plans every desired resource, dependencies first, and then the delete of what the host holds
  /// by our marks and nobody desires, dependents first. Reads the whole host once. What cannot be
  /// read becomes a failure; the rest is planned.
  Plan PlanSet(const PlanRequest& request, std::stop_token stop) const;

 private:
  Result<ResourcePlan> Observed(const PlanInput& input, const ReadSide& reader,
                                std::stop_token stop) const;
  /// What was opened for one preview, and what could not be: nothing is asked for twice.
  using Opened = std::map<ResourceKey, Result<SecretDataPtr>>;
  Result<ResourcePlan> PlanInSet(const PlanRequest& request, const Resource& resource,
                                 const LastApplied& last, Opened& opened,
                                 std::stop_token stop) const;
  /// Null: no reconciler is on for that kind.
  const ReadSide* ReaderOf(const std::string& kind) const;
  Result<std::vector<ResourceKey>> ReadHost(const ReadSide& reader, std::stop_token stop) const;

  Result<ResourcePlan> Compare(const PlanInput& input, const ReadSide& reader,
                               std::stop_token stop) const;

  std::vector<ReadSide> readers_;
  std::map<std::string, size_t> reader_of_kind_;
  const std::map<std::string, std::string> disabled_;
  const Clock& clock_;
  SecretReader* const secrets_;
  mutable PlanMemory at_rest_;
};

/// Suspended by hand: nothing of the plan is done, whatever is due. `who`: "suspended by ops until
/// 2026-03-02T14:00:00Z".
void HoldBackByHand(const std::string& who, ResourcePlan* plan);

/// Why something that is no longer desired may not go yet; nullopt: it may.
std::optional<Wait> DeleteBlocker(const DesiredSet& desired, const ResourceKey& key);

}  // namespace mooring
