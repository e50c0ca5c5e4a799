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

Result<Intent> MemoryStore::GetIntent(const ResourceKey& key) const {
  return state_.With([&](const State& state) {
    const auto found = state.intents.find(key);
    return found == state.intents.end() ? Intent() : found->second;
  });
}

/// As what a store on disk would read back.
Result<StoreBatch> MemoryStore::Kept(const StoreBatch& batch) {
  StoreBatch kept{.gone = batch.gone};
  for (const ResourceStatus& status : batch.statuses) {
    MOORING_TRY(const std::string bytes, store_codec::Encode(status));
    MOORING_TRY(kept.statuses.emplace_back(), store_codec::DecodeStatus(bytes));
  }
  for (const auto& [key, intent] : batch.intents) {
    MOORING_TRY(kept.intents[key], store_codec::DecodeIntent(store_codec::Encode(intent)));
  }
  for (const Event& event : batch.events) {
    MOORING_TRY(kept.events.emplace_back(), store_codec::DecodeEvent(store_codec::Encode(event)));
  }
  return kept;
}

Result<std::vector<uint64_t>> MemoryStore::Commit(const StoreBatch& batch, Durability) {
  MOORING_TRY(StoreBatch kept, Kept(batch));
  return state_.With([&](State& state) -> Result<std::vector<uint64_t>> {
    for (const Event& event : kept.events) {
      if (event.sequence == 0) continue;
      const auto found = state.events.find(event.sequence);
      const Event* existing = found == state.events.end() ? nullptr : &found->second;
      MOORING_RETURN_IF_ERROR(CheckEventUpdate(existing, event));
    }
    for (const ResourceKey& key : kept.gone) {
      state.statuses.erase(key);
      state.intents.erase(key);
    }
    for (ResourceStatus& status : kept.statuses) state.statuses[status.key] = std::move(status);
    for (auto& [key, intent] : kept.intents) state.intents[key] = std::move(intent);
    std::erase_if(state.intents, [](const auto& entry) { return entry.second.steps.empty(); });
    return AddEvents(state, std::move(kept.events));
  });
}

std::vector<uint64_t> MemoryStore::AddEvents(State& state, std::vector<Event> events) const {
  std::vector<uint64_t> sequences;
  for (Event& event : events) {
    if (event.sequence == 0) event.sequence = ++state.sequence;
    sequences.push_back(event.sequence);
    state.events.insert_or_assign(event.sequence, std::move(event));
  }
  while (state.events.size() > limits_.max_events) state.events.erase(state.events.begin());
  return sequences;
}

Status MemoryStore::DropEventsBefore(Time time) {
  state_.With([&](State& state) {
    std::erase_if(state.events, [&](const auto& entry) { return entry.second.time < time; });
  });
  return {};
}

}  // namespace mooring
