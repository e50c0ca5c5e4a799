// SPDX-License-Identifier: Apache-2.0
#include "controller/store/store.h"

#include <algorithm>

namespace mooring {

KnownStatus KnownOf(const ResourceStatus& status) {
  return {.key = status.key,
          .source_name = status.source_name,
          .last_applied_digest = status.last_applied_digest,
          .depends_on = status.depends_on};
}

Result<std::vector<KnownStatus>> StoreReader::ListKnown() const {
  MOORING_TRY(const std::vector<ResourceStatus> statuses, ListStatus());
  std::vector<KnownStatus> known;
  known.reserve(statuses.size());
  for (const ResourceStatus& status : statuses) known.push_back(KnownOf(status));
  return known;
}

Result<std::vector<ResourceKey>> StoreReader::UsersOf(const ResourceKey& key) const {
  MOORING_TRY(const std::vector<ResourceStatus> statuses, ListStatus());
  std::vector<ResourceKey> users;
  const std::string text = key.ToString();
  for (const ResourceStatus& status : statuses) {
    if (std::ranges::find(status.depends_on, text) != status.depends_on.end())
      users.push_back(status.key);
  }
  return users;
}

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
