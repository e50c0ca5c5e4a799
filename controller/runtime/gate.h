// SPDX-License-Identifier: Apache-2.0
// What keeps a run from beginning: a guard rail that the spec breaks, a dependency that is not
// ready, a user that is still there. Reads the store, touches no host. Thread-safe; owns nothing.
#pragma once

#include <optional>
#include <string>

#include "controller/graph/desired_set.h"
#include "controller/reconcile/outcome.h"
#include "controller/store/store.h"

namespace mooring {

class Policy;

class Gate {
 public:
  /// Both must outlive this.
  Gate(const Policy& policy, const StoreReader& store) : policy_(policy), store_(store) {}

  /// What a run over `key` ends with before it looks at the host; nullopt: it may go on. `desired`
  /// null: it is to go.
  std::optional<ReconcileOutcome> Check(const ResourceKey& key, const Resource* desired,
                                        const DesiredSet& set,
                                        const std::string& last_applied_digest) const;

 private:
  std::optional<Stalled> Refusal(const Resource& desired) const;
  std::optional<Waiting> WaitForDependency(const Resource& desired, const DesiredSet& set) const;
  std::optional<ReconcileOutcome> WaitForUsers(const ResourceKey& key, const DesiredSet& set) const;

  const Policy& policy_;
  const StoreReader& store_;
};

}  // namespace mooring
