// SPDX-License-Identifier: Apache-2.0
// Stores statuses, and with the result of a run what happened in it. Thread-safe as far as the
// store is; the runs of one key come one after the other. Owns nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/status/next_status.h"
#include "controller/store/store.h"

namespace mooring {

class EventRecorder;

class StatusWriter {
 public:
  StatusWriter(Store& store, const Clock& clock, EventRecorder& events)
      : store_(store), clock_(clock), events_(events) {}

  struct Recorded {
    std::optional<ResourceStatus> before;
    std::optional<ResourceStatus> after;  ///< nullopt: the resource is gone, its status too
    bool ReadyChanged() const;            ///< those who depend on it should look again
  };
  /// Records the end of a run: its status, its events, and what is left of its intent, together or
  /// not at all; writes only what differs. Fails when the store does: then the intent stands, and
  /// the next run tells what came of it.
  Result<Recorded> Record(const RunReport& report);

  /// Records what is about to be done to the host, and waits until that survives a crash of the
  /// machine. What `intent` creates is in the inventory from now on. `revision` is that of the
  /// desired set. Fails when the store does: then nothing may be done.
  Status RecordIntent(const ResourceKey& key, const Intent& intent, std::string_view revision);
  /// What an earlier run was about to do and did not see the end of.
  Result<Intent> Unfinished(const ResourceKey& key) const { return store_.GetIntent(key); }

  /// Records how far a long step of a run is. To be called within that run.
  Status RecordProgress(const ResourceKey& key, std::string_view text, std::string_view revision);

 private:
  Store& store_;
  const Clock& clock_;
  EventRecorder& events_;
};

}  // namespace mooring
