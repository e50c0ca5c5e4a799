// SPDX-License-Identifier: Apache-2.0
#include "controller/store/watched_store.h"

namespace mooring {

Result<std::optional<ResourceStatus>> WatchedStore::GetStatus(const ResourceKey& key) const {
  return store_->GetStatus(key);
}

Result<std::vector<ResourceStatus>> WatchedStore::ListStatus() const {
  return store_->ListStatus();
}

Result<std::vector<KnownStatus>> WatchedStore::ListKnown() const { return store_->ListKnown(); }

Result<std::vector<ResourceKey>> WatchedStore::UsersOf(const ResourceKey& key) const {
  return store_->UsersOf(key);
}

Result<std::vector<Event>> WatchedStore::ListEvents(const EventQuery& query) const {
  return store_->ListEvents(query);
}

Result<Intent> WatchedStore::GetIntent(const ResourceKey& key) const {
  return store_->GetIntent(key);
}

Result<std::vector<uint64_t>> WatchedStore::Commit(const StoreBatch& batch, Durability durability) {
  auto sequences = store_->Commit(batch, durability);
  if (!sequences) return sequences;
  for (const ResourceStatus& status : batch.statuses) callbacks_.on_status(status.key);
  for (const ResourceKey& key : batch.gone) callbacks_.on_status(key);
  for (size_t i = 0; i < batch.events.size(); ++i) {
    Event event = batch.events[i];
    if (event.sequence != 0) {
      callbacks_.on_repeated_event(event);
    } else {
      event.sequence = (*sequences)[i];
      callbacks_.on_new_event(event);
    }
  }
  return sequences;
}

Status WatchedStore::DropEventsBefore(Time time) { return store_->DropEventsBefore(time); }

}  // namespace mooring
