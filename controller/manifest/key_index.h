// SPDX-License-Identifier: Apache-2.0
// Finds resources by key without a copy of the keys. It points at resources that its owner keeps.
// Not thread-safe while it is filled.
#pragma once

#include <unordered_set>

#include "controller/resource/resource.h"

namespace mooring::manifest {

class KeyIndex {
 public:
  explicit KeyIndex(size_t size) { resources_.reserve(size); }

  /// The resource that has the key now: `resource`, or the one that had it before.
  const Resource* Add(const Resource& resource) { return *resources_.insert(&resource).first; }
  const Resource* Find(const ResourceKey& key) const {
    const auto found = resources_.find(key);
    return found == resources_.end() ? nullptr : *found;
  }

 private:
  static const ResourceKey& Key(const Resource* resource) { return resource->key; }
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): used within the caller only
  static const ResourceKey& Key(const ResourceKey& key) { return key; }
  struct Hash {
    using is_transparent = void;
    size_t operator()(const auto& value) const { return std::hash<ResourceKey>()(Key(value)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return Key(a) == Key(b); }
  };
  std::unordered_set<const Resource*, Hash, Equal> resources_;
};

}  // namespace mooring::manifest
