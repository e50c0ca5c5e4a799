// SPDX-License-Identifier: Apache-2.0
// A Store in memory: for tests, and for runs that keep no state. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "controller/base/guarded.h"
#include "controller/store/event_rules.h"
#include "controller/store/store.h"

namespace mooring {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(StoreLimits limits = {}) : limits_(limits) {}

  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override;
  Result<std::vector<ResourceStatus>> ListStatus() const override;
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override;
  Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) override;
  Result<Intent> GetIntent(const ResourceKey& key) const override;
  Status DropEventsBefore(Time time) override;

 private:
  struct State {
    std::map<ResourceKey, ResourceStatus> statuses;
    std::map<ResourceKey, Intent> intents;
    std::map<uint64_t, Event> events;
    uint64_t sequence = 0;
  };
  static Result<StoreBatch> Kept(const StoreBatch& batch);
  std::vector<uint64_t> AddEvents(State& state, std::vector<Event> events) const;

  const StoreLimits limits_;
  Guarded<State> state_;
};

}  // namespace mooring
