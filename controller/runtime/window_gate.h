// SPDX-License-Identifier: Apache-2.0
// Which changes wait for a sync window of their namespace, and which go on in a closed one: what
// had begun in an open one, and what an operator let through. Thread-safe; the runs of one key come
// one after the other.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/guarded.h"
#include "controller/graph/desired_set.h"
#include "controller/plan/sync_windows.h"
#include "controller/reconcile/outcome.h"
#include "controller/resource/status.h"

namespace mooring {

class WindowGate {
 public:
  /// `clock` must outlive this.
  explicit WindowGate(const Clock& clock) : clock_(clock) {}

  /// What a run over `key` waits for, looked at again when the windows open; nullopt: it may change
  /// the host. What was applied already never waits. `desired` null: it is to go.
  std::optional<Waiting> Check(const ResourceKey& key, const Resource* desired,
                               const DesiredSet& set, const ResourceStatus& before);

  /// The same for values of Secrets that move under a spec that was applied.
  std::optional<Waiting> CheckRotation(const ResourceKey& key, const Resource* desired,
                                       const DesiredSet& set);

  /// What an operator would override; nullopt: nothing is closed. FailedPrecondition and
  /// OutsideSyncWindow when one of the windows does not allow it.
  Result<std::optional<SyncWindows::Closed>> MayOverride(const ResourceKey& key,
                                                         const DesiredSet& set) const;
  /// Lets the next run over `key` through, and those that go on with it until it is Done.
  void LetThrough(const ResourceKey& key);

  /// A run that Check let through is over. `began`: it changed the host.
  void Ended(const ResourceKey& key, const Resource* desired, const ReconcileOutcome& outcome,
             bool began);

 private:
  /// What goes on in a closed window.
  struct Pass {
    std::optional<std::string> digest;  ///< of the spec; "": of a delete; none: of the next run
    bool began = false;
  };
  bool HasPass(const ResourceKey& key, const std::string& digest);
  std::optional<Waiting> WaitFor(const ResourceKey& key, const DesiredSet& set) const;

  const Clock& clock_;
  Guarded<std::map<ResourceKey, Pass>> passes_;
};

}  // namespace mooring
