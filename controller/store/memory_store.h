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
  Status PutStatus(const ResourceStatus& status, Durability durability) override;
  Status DeleteStatus(const ResourceKey& key) override;
  Result<uint64_t> AppendEvent(Event event) override;
  Status UpdateEvent(const Event& event) override;
  Status DropEventsBefore(Time time) override;

 private:
  struct State {
    std::map<ResourceKey, ResourceStatus> statuses;
    std::map<uint64_t, Event> events;
    uint64_t sequence = 0;
  };
  const StoreLimits limits_;
  Guarded<State> state_;
};

}  // namespace mooring
