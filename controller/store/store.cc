// SPDX-License-Identifier: Apache-2.0
#include "controller/store/store.h"

namespace mooring {

Status Store::PutStatus(const ResourceStatus& status, Durability durability) {
  MOORING_RETURN_IF_ERROR(Commit({.statuses = {status}}, durability));
  return {};
}

Status Store::DeleteStatus(const ResourceKey& key) {
  MOORING_RETURN_IF_ERROR(Commit({.gone = {key}}, Durability::kBuffered));
  return {};
}

Result<uint64_t> Store::AppendEvent(Event event) {
  event.sequence = 0;
  MOORING_TRY(const std::vector<uint64_t> sequences,
              Commit({.events = {std::move(event)}}, Durability::kBuffered));
  return sequences.front();
}

Status Store::UpdateEvent(const Event& event) {
  MOORING_RETURN_IF_ERROR(Commit({.events = {event}}, Durability::kBuffered));
  return {};
}

}  // namespace mooring
