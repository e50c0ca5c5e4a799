// SPDX-License-Identifier: Apache-2.0
// Who is known and who uses whom, of all statuses of a store, so that neither question reads them
// all. Follows every write of one. Not thread-safe: its store keeps it behind a lock.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/store/store.h"

namespace mooring {

class StatusIndex {
 public:
  void Put(const ResourceStatus& status);
  void Erase(const ResourceKey& key);

  /// Sorted by key.
  std::vector<KnownStatus> Known() const;
  /// Sorted.
  std::vector<ResourceKey> UsersOf(const ResourceKey& key) const;

 private:
  std::map<ResourceKey, KnownStatus> known_;
  std::map<std::string, std::set<ResourceKey>> users_;  ///< by what they use
};

}  // namespace mooring
