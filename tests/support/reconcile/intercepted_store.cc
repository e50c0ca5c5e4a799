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

Result<Intent> InterceptedStore::GetIntent(const ResourceKey& key) const {
  return behind_.GetIntent(key);
}

Result<std::vector<uint64_t>> InterceptedStore::Commit(const StoreBatch& batch,
                                                       Durability durability) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.Commit(batch, durability);
}

Status InterceptedStore::DropEventsBefore(Time time) {
  MOORING_RETURN_IF_ERROR(Enter());
  return behind_.DropEventsBefore(time);
}

}  // namespace mooring::testing
