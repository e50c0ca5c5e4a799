// SPDX-License-Identifier: Apache-2.0
#include "controller/store/status_index.h"

namespace mooring {

void StatusIndex::Put(const ResourceStatus& status) {
  const auto found = known_.find(status.key);
  const bool same_users = found != known_.end() && found->second.depends_on == status.depends_on;
  if (!same_users) {
    Erase(status.key);
    for (const std::string& used : status.depends_on) users_[used].insert(status.key);
  }
  known_[status.key] = KnownOf(status);
}

void StatusIndex::Erase(const ResourceKey& key) {
  const auto node = known_.extract(key);
  if (node.empty()) return;
  for (const std::string& used : node.mapped().depends_on) {
    const auto users = users_.find(used);
    if (users == users_.end()) continue;
    users->second.erase(key);
    if (users->second.empty()) users_.erase(users);
  }
}

std::vector<KnownStatus> StatusIndex::Known() const {
  std::vector<KnownStatus> known;
  known.reserve(known_.size());
  for (const auto& [key, status] : known_) known.push_back(status);
  return known;
}

std::vector<ResourceKey> StatusIndex::UsersOf(const ResourceKey& key) const {
  const auto users = users_.find(key.ToString());
  if (users == users_.end()) return {};
  return {users->second.begin(), users->second.end()};
}

}  // namespace mooring
