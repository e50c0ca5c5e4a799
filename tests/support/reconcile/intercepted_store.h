// SPDX-License-Identifier: Apache-2.0
// A store whose writes are counted and can be refused, in front of another one. Thread-safe as far
// as `allow` is; owned by the test.
#pragma once

#include <atomic>
#include <functional>

#include "controller/store/store.h"

namespace mooring::testing {

class InterceptedStore final : public Store {
 public:
  /// Before each write; false: it is refused. `behind` must outlive this.
  using Allow = std::function<bool()>;
  explicit InterceptedStore(Store& behind, Allow allow = {})
      : behind_(behind), allow_(std::move(allow)) {}

  /// Writes that went through.
  int writes() const { return writes_; }

  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override;
  Result<std::vector<ResourceStatus>> ListStatus() const override;
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override;
  Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) override;
  Result<Intent> GetIntent(const ResourceKey& key) const override;
  Status DropEventsBefore(Time time) override;

 private:
  Status Enter();

  Store& behind_;
  const Allow allow_;
  std::atomic<int> writes_ = 0;
};

}  // namespace mooring::testing
