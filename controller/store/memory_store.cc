// SPDX-License-Identifier: Apache-2.0
#include "controller/store/memory_store.h"

#include "controller/store/codec.h"

namespace mooring {

Result<std::optional<ResourceStatus>> MemoryStore::GetStatus(const ResourceKey& key) const {
  return state_.With([&](const State& state) -> std::optional<ResourceStatus> {
    const auto found = state.statuses.find(key);
    if (found == state.statuses.end()) return std::nullopt;
    return found->second;
  });
}

Result<std::vector<ResourceStatus>> MemoryStore::ListStatus() const {
  return state_.With([](const State& state) {
    std::vector<ResourceStatus> all;
    all.reserve(state.statuses.size());
    for (const auto& [key, status] : state.statuses) all.push_back(status);
    return all;
  });
}

Result<std::vector<Event>> MemoryStore::ListEvents(const EventQuery& query) const {
  return state_.With([&](const State& state) {
    std::vector<Event> newest;
    if (query.from_oldest) {
      auto at = state.events.upper_bound(query.after);
      for (; at != state.events.end() && newest.size() < query.limit; ++at) {
        if (!query.key || at->second.key == *query.key) newest.push_back(at->second);
      }
      return newest;
    }
    for (auto at = state.events.rbegin(); at != state.events.rend(); ++at) {
      if (at->first <= query.after || newest.size() == query.limit) break;
      if (!query.key || at->second.key == *query.key) newest.push_back(at->second);
    }
    std::reverse(newest.begin(), newest.end());
    return newest;
  });
}

Status MemoryStore::PutStatus(const ResourceStatus& status, Durability) {
  MOORING_TRY(const std::string bytes, store_codec::Encode(status));
  MOORING_TRY(ResourceStatus kept, store_codec::DecodeStatus(bytes));
  state_.With([&](State& state) { state.statuses[status.key] = std::move(kept); });
  return {};
}

Status MemoryStore::DeleteStatus(const ResourceKey& key) {
  state_.With([&](State& state) { state.statuses.erase(key); });
  return {};
}

Result<uint64_t> MemoryStore::AppendEvent(Event event) {
  MOORING_TRY(Event kept, store_codec::DecodeEvent(store_codec::Encode(event)));
  return state_.With([&](State& state) {
    kept.sequence = ++state.sequence;
    state.events.emplace(kept.sequence, std::move(kept));
    while (state.events.size() > limits_.max_events) state.events.erase(state.events.begin());
    return state.sequence;
  });
}

Status MemoryStore::UpdateEvent(const Event& event) {
  MOORING_TRY(Event kept, store_codec::DecodeEvent(store_codec::Encode(event)));
  return state_.With([&](State& state) -> Status {
    const auto found = state.events.find(event.sequence);
    const Event* existing = found == state.events.end() ? nullptr : &found->second;
    MOORING_RETURN_IF_ERROR(CheckEventUpdate(existing, event));
    found->second = std::move(kept);
    return {};
  });
}

Status MemoryStore::DropEventsBefore(Time time) {
  state_.With([&](State& state) {
    std::erase_if(state.events, [&](const auto& entry) { return entry.second.time < time; });
  });
  return {};
}

}  // namespace mooring
