// SPDX-License-Identifier: Apache-2.0
// How many containers autoscale holds, by App and service. In memory only: what is not here is told
// by the containers that run. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "controller/base/guarded.h"
#include "controller/resource/key.h"

namespace mooring::docker {

class ReplicaCounts {
 public:
  using Counts = std::map<std::string, int>;  ///< by service

  void Set(const ResourceKey& key, const std::string& service, int count) {
    apps_.With([&](auto& apps) {
      App& app = apps[key];
      if (std::exchange(app.counts[service], count) != count) ++app.version;
    });
  }
  std::optional<int> Find(const ResourceKey& key, const std::string& service) const {
    const Counts counts = Read(key).first;
    const auto found = counts.find(service);
    return found == counts.end() ? std::nullopt : std::optional(found->second);
  }
  /// Its containers tell from now on.
  void Forget(const ResourceKey& key) {
    apps_.With([&](auto& apps) {
      const auto found = apps.find(key);
      if (found == apps.end() || found->second.counts.empty()) return;
      found->second.counts.clear();
      ++found->second.version;
    });
  }
  /// With their version, which only grows.
  std::pair<Counts, uint64_t> Read(const ResourceKey& key) const {
    return apps_.With([&](const auto& apps) {
      const auto found = apps.find(key);
      if (found == apps.end()) return std::pair<Counts, uint64_t>();
      return std::pair(found->second.counts, found->second.version);
    });
  }

 private:
  struct App {
    Counts counts;
    uint64_t version = 0;
  };
  Guarded<std::map<ResourceKey, App>> apps_;
};

}  // namespace mooring::docker
