// SPDX-License-Identifier: Apache-2.0
// The status of a resource after a run: the one place that decides its conditions. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/reconcile/change.h"
#include "controller/reconcile/outcome.h"
#include "controller/resource/resource.h"
#include "controller/resource/status.h"
#include "controller/store/store.h"

namespace mooring {

inline constexpr size_t kMaxHistory = 10;
inline constexpr size_t kMaxDrift = 50;
inline constexpr auto kKeepCorrectedDrift = std::chrono::hours(24);

/// What the loop knows at the end of one run of one key.
struct RunReport {
  ResourceKey key;
  const Resource* desired = nullptr;    ///< null: it is to go
  std::vector<ResourceKey> depends_on;  ///< of `desired`
  std::string source;                   ///< its name; empty: not known
  std::string revision;                 ///< "main@sha1:<commit>" of that source
  std::string trigger;                  ///< "revision", "drift", "resync", "retry", "start"
  ReconcileOutcome outcome;
  /// The last plan of the run; null: it did not get that far, or the host could not be read.
  const ResourcePlan* plan = nullptr;
  /// Drift that earlier plans of the run found; what the last one no longer has was corrected.
  std::vector<DriftEntry> drift_seen;
  int changes = 0;  ///< changes done
  Time started;
  Duration duration{0};
  std::optional<Time> next_run;
  std::optional<Hold> held_by;  ///< what a person holds back by hand
  std::string confirm;          ///< the token that the run asks for; empty: none
  std::vector<Event> events;    ///< what happened in it, in order
  /// What was begun and not seen to its end; null: the store has no intent of the resource.
  std::optional<Intent> unfinished;
};

/// The status after the run; nullopt: there is none any more, the resource is gone. Equal to
/// `previous` when the run changed nothing and learnt nothing (then revisions, history and next run
/// stay as they were), and when it was interrupted. `previous` null: never seen.
std::optional<ResourceStatus> NextStatus(const ResourceStatus* previous, const RunReport& report,
                                         Time now);

/// The status once `created` is about to be made on the host: the inventory names it before it is
/// there. Entries that are known already stay as they are.
ResourceStatus WithIntent(const ResourceStatus* previous, const ResourceKey& key,
                          const std::vector<InventoryEntry>& created, std::string_view revision,
                          Time now);

/// The status within a long step of a run: `text` says how far it is ("pulling nginx:1.27: 42 %").
/// All that is not about that stays as it is.
ResourceStatus WithProgress(const ResourceStatus* previous, const ResourceKey& key,
                            std::string_view text, std::string_view revision, Time now);

}  // namespace mooring
