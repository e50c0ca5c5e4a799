// SPDX-License-Identifier: Apache-2.0
// Keeps what happened to resources, by itself or together with what came of it. The same event in a
// row is counted, not repeated. Thread-safe; owns neither store nor clock.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/base/log.h"
#include "controller/store/store.h"

namespace mooring {

/// Who caused an event, and which run it belongs to. Both may be empty.
struct EventCause {
  std::string actor;
  std::string correlation;
};

class EventRecorder {
 public:
  struct Options {
    Duration retention = std::chrono::hours(24 * 7);  ///< since the last occurrence
  };
  EventRecorder(Store& store, const Clock& clock, Log log, Options options);
  EventRecorder(Store& store, const Clock& clock, Log log)
      : EventRecorder(store, clock, std::move(log), Options()) {}

  /// An event of now. `reason` is a constant of reasons.h; `message` is for a person and has no
  /// secret.
  Event Make(Severity severity, const ResourceKey& key, std::string_view reason,
             std::string_view message, std::string_view revision,
             const EventCause& cause = {}) const;

  /// Stores `events` and `batch` together or not at all. Of a repeated event the last cause is
  /// kept. Fails when the store does, and as the store does.
  Status Commit(StoreBatch batch, const std::vector<Event>& events);

  /// Makes one and stores it by itself. Never fails its caller: what cannot be stored is logged and
  /// lost.
  void Record(Severity severity, const ResourceKey& key, std::string_view reason,
              std::string_view message, std::string_view revision, const EventCause& cause = {});

  /// For the next DropOld.
  void SetRetention(Duration retention) { retention_ = retention; }
  /// Drops what is older than the retention; to be called now and then.
  void DropOld();

 private:
  using LastEvents = std::unordered_map<ResourceKey, Event>;
  void Recall(LastEvents& last_events, const std::vector<Event>& events) const;

  Store& store_;
  const Clock& clock_;
  const Log log_;
  std::atomic<Duration> retention_;
  Guarded<LastEvents>
      last_events_;  ///< the newest of each key, read from the store when first needed
};

}  // namespace mooring
