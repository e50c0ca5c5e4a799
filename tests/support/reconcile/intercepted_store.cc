// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reconcile/intercepted_store.h"

namespace mooring::testing {

Status InterceptedStore::Enter() {
  if (allow_ && !allow_()) return Fail(ErrorCode::kUnavailable, "the store takes no writes");
  ++writes_;
  return {};
}

Result<std::optional<ResourceStatus>> InterceptedStore::GetStatus(const ResourceKey& key) const {
  return behind_.GetStatus(key);
}

Result<std::vector<ResourceStatus>> InterceptedStore::ListStatus() const {
  return behind_.ListStatus();
}

Result<std::vector<Event>> InterceptedStore::ListEvents(const EventQuery& query) const {
  return behind_.ListEvents(query);
}

Status InterceptedStore::PutStatus(const ResourceStatus& status, Durability durability) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.PutStatus(status, durability);
}

Status InterceptedStore::DeleteStatus(const ResourceKey& key) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.DeleteStatus(key);
}

Result<uint64_t> InterceptedStore::AppendEvent(Event event) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.AppendEvent(std::move(event));
}

Status InterceptedStore::UpdateEvent(const Event& event) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.UpdateEvent(event);
}

Status InterceptedStore::DropEventsBefore(Time time) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.DropEventsBefore(time);
}

}  // namespace mooring::testing
