// SPDX-License-Identifier: Apache-2.0
// What Mooring remembers: statuses (with inventories) and events. It is not the truth: losing it
// loses history only. Implementations are thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controller/base/error.h"
#include "controller/resource/status.h"

namespace mooring {

struct EventQuery {
  uint64_t after = 0;              ///< sequence numbers greater than this
  std::optional<ResourceKey> key;  ///< of one resource only
  size_t limit = 1000;             ///< the newest `limit` of those that match
  bool from_oldest = false;        ///< the oldest `limit` of them instead
};

/// The half that only reads.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  /// nullopt: never seen.
  virtual Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const = 0;
  /// All, sorted by key.
  virtual Result<std::vector<ResourceStatus>> ListStatus() const = 0;
  /// Oldest first.
  virtual Result<std::vector<Event>> ListEvents(const EventQuery& query) const = 0;
};

class Store : public StoreReader {
 public:
  enum class Durability {
    kBuffered,  ///< survives a crash of the process
    kSynced,    ///< survives a crash of the machine: for intents, before the host is touched
  };
  virtual Status PutStatus(const ResourceStatus& status, Durability durability) = 0;
  /// Deleting what is not there is fine.
  virtual Status DeleteStatus(const ResourceKey& key) = 0;
  /// Gives the event the next sequence number and returns it.
  virtual Result<uint64_t> AppendEvent(Event event) = 0;
  /// Replaces an event of the same sequence number (its count grew).
  virtual Status UpdateEvent(const Event& event) = 0;
  /// Drops events whose `time` is before `time`.
  virtual Status DropEventsBefore(Time time) = 0;
};

}  // namespace mooring
