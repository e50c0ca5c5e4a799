// SPDX-License-Identifier: Apache-2.0
// A Store that tells of each write. Thread-safe if what it calls is; owns the store that it wraps.
#pragma once

#include <functional>
#include <memory>

#include "controller/store/store.h"

namespace mooring {

class WatchedStore final : public Store {
 public:
  /// Called by the thread that wrote, after the write succeeded; must be quick.
  struct Callbacks {
    std::function<void(const ResourceKey&)> on_status;  ///< written or deleted
    std::function<void(const Event&)> on_new_event;     ///< with its sequence
    std::function<void(const Event&)> on_repeated_event;
  };
  WatchedStore(std::unique_ptr<Store> store, Callbacks callbacks)
      : store_(std::move(store)), callbacks_(std::move(callbacks)) {}

  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override;
  Result<std::vector<ResourceStatus>> ListStatus() const override;
  Result<std::vector<KnownStatus>> ListKnown() const override;
  Result<std::vector<ResourceKey>> UsersOf(const ResourceKey& key) const override;
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override;
  Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) override;
  Result<Intent> GetIntent(const ResourceKey& key) const override;
  Status DropEventsBefore(Time time) override;

 private:
  const std::unique_ptr<Store> store_;
  const Callbacks callbacks_;
};

}  // namespace mooring
