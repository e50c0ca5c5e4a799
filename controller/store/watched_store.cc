// SPDX-License-Identifier: Apache-2.0
#include "controller/store/watched_store.h"

namespace mooring {

Result<std::optional<ResourceStatus>> WatchedStore::GetStatus(const ResourceKey& key) const {
  return store_->GetStatus(key);
}

Result<std::vector<ResourceStatus>> WatchedStore::ListStatus() const {
  return store_->ListStatus();
}

Result<std::vector<Event>> WatchedStore::ListEvents(const EventQuery& query) const {
  return store_->ListEvents(query);
}

Status WatchedStore::PutStatus(const ResourceStatus& status, Durability durability) {
  MOORING_RETURN_IF_ERROR(store_->PutStatus(status, durability));
  callbacks_.on_status(status.key);
  return {};
}

Status WatchedStore::DeleteStatus(const ResourceKey& key) {
  MOORING_RETURN_IF_ERROR(store_->DeleteStatus(key));
  callbacks_.on_status(key);
  return {};
}

Result<uint64_t> WatchedStore::AppendEvent(Event event) {
  auto sequence = store_->AppendEvent(std::move(event));
  if (sequence) callbacks_.on_new_event();
  return sequence;
}

Status WatchedStore::UpdateEvent(const Event& event) {
  MOORING_RETURN_IF_ERROR(store_->UpdateEvent(event));
  callbacks_.on_repeated_event(event);
  return {};
}

Status WatchedStore::DropEventsBefore(Time time) { return store_->DropEventsBefore(time); }

}  // namespace mooring
