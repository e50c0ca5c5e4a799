// SPDX-License-Identifier: Apache-2.0
// The Store of a daemon: a directory that one process has open at a time. Thread-safe; main owns
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/store/event_rules.h"
#include "controller/store/status_index.h"
#include "controller/store/store.h"

namespace mooring {

namespace kv {
class KeyValueStore;
class WriteBatch;
}  // namespace kv

class RocksDbStore final : public Store {
 public:
  /// Opens the store in the directory `path`, made if missing. A damaged store, or one of a newer
  /// schema, is renamed aside (`<path>.damaged-<time>`, `<path>.newer-<time>`) and a new one begun.
  /// FailedPrecondition: another process has it open.
  static Result<std::unique_ptr<RocksDbStore>> Open(const std::string& path, const Clock& clock,
                                                    StoreLimits limits = {});
  ~RocksDbStore() override;

  /// What a person should know about how the store was opened; empty when there is nothing.
  const std::string& note() const { return note_; }

  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override;
  Result<std::vector<ResourceStatus>> ListStatus() const override;
  Result<std::vector<KnownStatus>> ListKnown() const override;
  Result<std::vector<ResourceKey>> UsersOf(const ResourceKey& key) const override;
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override;
  Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) override;
  Result<Intent> GetIntent(const ResourceKey& key) const override;
  Status DropEventsBefore(Time time) override;

 private:
  /// What is known of the events without reading them; its lock orders the writes to them.
  struct EventLog {
    uint64_t sequence = 0;  ///< the last one given out
    uint64_t oldest = 0;    ///< no event has a smaller one; keeps scans off deleted keys
    size_t count = 0;
  };
  struct Opened;
  static Result<Opened> TryOpen(const std::string& path);
  static Status ReadAll(Opened& opened);

  RocksDbStore(Opened opened, StoreLimits limits, std::string note);
  Result<std::optional<Event>> GetEvent(uint64_t sequence) const;
  Result<std::vector<Event>> ListEventsOf(const ResourceKey& key, const EventQuery& query) const;
  Result<std::vector<uint64_t>> AddEvents(EventLog& log, const std::vector<Event>& events,
                                          kv::WriteBatch& writes) const;
  /// The writes, and what of them concerns statuses in the index.
  Status Write(const StoreBatch& batch, const kv::WriteBatch& writes, Durability durability);
  Status DropOldest(EventLog& log, size_t n, kv::WriteBatch& batch) const;

  std::unique_ptr<kv::KeyValueStore> kv_;
  const StoreLimits limits_;
  const std::string note_;
  Guarded<EventLog> events_;
  /// None when a status could not be read: then they are all read for each question, and tell why.
  Guarded<std::optional<StatusIndex>> index_;
};

}  // namespace mooring
