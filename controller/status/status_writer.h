// SPDX-License-Identifier: Apache-2.0
// Stores statuses. Thread-safe as far as the store is; the runs of one key come one after the
// other. Owns neither store nor clock.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/status/next_status.h"
#include "controller/store/store.h"

namespace mooring {

class StatusWriter {
 public:
  StatusWriter(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  struct Recorded {
    std::optional<ResourceStatus> before;
    std::optional<ResourceStatus> after;  ///< nullopt: the resource is gone, its status too
    bool ReadyChanged() const;            ///< those who depend on it should look again
  };
  /// Records the end of a run; writes only what differs. Fails when the store does.
  Result<Recorded> Record(const RunReport& report);

  /// Records that `created` is about to be made on the host, and waits until that survives a crash
  /// of the machine. `revision` is that of the desired set. Fails when the store does: then nothing
  /// may be created.
  Status RecordIntent(const ResourceKey& key, const std::vector<InventoryEntry>& created,
                      std::string_view revision);

  /// Records how far a long step of a run is. To be called within that run.
  Status RecordProgress(const ResourceKey& key, std::string_view text, std::string_view revision);

 private:
  Store& store_;
  const Clock& clock_;
};

}  // namespace mooring
