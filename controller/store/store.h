// SPDX-License-Identifier: Apache-2.0
// What Mooring remembers: statuses (with inventories) and events. It is not the truth: losing it
// loses history only. Implementations are thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

/// What a run is about to do to a host, kept until what came of it is. A daemon that dies in
/// between finds here what it may have done.
struct Intent {
  struct Step {
    std::string object;    ///< "container/default_shop_web_1"
    bool creates = false;  ///< else the object was there before
    bool deletes = false;
    int corrected = 0;  ///< drifted fields that it puts right
    Event event;        ///< that tells of it once it is done; without a sequence number
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;
  bool operator==(const Intent&) const = default;
};

/// Writes that take effect together or not at all, also over a crash.
struct StoreBatch {
  std::vector<ResourceStatus> statuses;
  /// Their statuses and intents go. What is not there is fine.
  std::vector<ResourceKey> gone;
  std::map<ResourceKey, Intent> intents;  ///< one without steps goes
  /// One without a sequence number is new and gets the next; one with replaces the event of that
  /// number (its count grew).
  std::vector<Event> events;

  bool empty() const {
    return statuses.empty() && gone.empty() && intents.empty() && events.empty();
  }
};

/// What of the statuses is asked for of all resources at once.
struct KnownStatus {
  ResourceKey key;
  std::string source_name;
  std::string last_applied_digest;
  std::vector<std::string> depends_on;
};

KnownStatus KnownOf(const ResourceStatus& status);

/// The half that only reads.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  /// nullopt: never seen.
  virtual Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const = 0;
  /// All, sorted by key.
  virtual Result<std::vector<ResourceStatus>> ListStatus() const = 0;
  /// Of all, sorted by key.
  virtual Result<std::vector<KnownStatus>> ListKnown() const;
  /// The resources whose status says that they depend on `key`, sorted.
  virtual Result<std::vector<ResourceKey>> UsersOf(const ResourceKey& key) const;
  /// Oldest first.
  virtual Result<std::vector<Event>> ListEvents(const EventQuery& query) const = 0;
};

class Store : public StoreReader {
 public:
  enum class Durability {
    kBuffered,  ///< survives a crash of the process
    kSynced,    ///< survives a crash of the machine: for intents, before the host is touched
  };
  /// The sequence numbers of the events, in their order. Nothing is written after a failure.
  /// NotFound: an event that was to be replaced is not kept any more.
  virtual Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) = 0;
  /// Without steps: there is none.
  virtual Result<Intent> GetIntent(const ResourceKey& key) const = 0;
  /// Drops events whose `time` is before `time`.
  virtual Status DropEventsBefore(Time time) = 0;

  // Batches of one.
  Status PutStatus(const ResourceStatus& status, Durability durability);
  Status DeleteStatus(const ResourceKey& key);
  Result<uint64_t> AppendEvent(Event event);
  Status UpdateEvent(const Event& event);
};

}  // namespace mooring
