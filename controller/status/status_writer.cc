// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

namespace mooring {

bool StatusWriter::Recorded::ReadyChanged() const {
  const bool was = before && before->IsReady();
  const bool is = after && after->IsReady();
  const bool other_spec =
      before && after && before->last_applied_digest != after->last_applied_digest;
  return was != is || (is && other_spec) || before.has_value() != after.has_value();
}

Result<StatusWriter::Recorded> StatusWriter::Record(const RunReport& report) {
  MOORING_TRY(std::optional<ResourceStatus> before, store_.GetStatus(report.key));
  std::optional<ResourceStatus> after =
      NextStatus(before ? &*before : nullptr, report, clock_.Now());
  if (after != before) {
    MOORING_RETURN_IF_ERROR(after ? store_.PutStatus(*after, Store::Durability::kBuffered)
                                  : store_.DeleteStatus(report.key));
  }
  return Recorded{std::move(before), std::move(after)};
}

Status StatusWriter::RecordIntent(const ResourceKey& key,
                                  const std::vector<InventoryEntry>& created,
                                  std::string_view revision) {
  MOORING_TRY(const std::optional<ResourceStatus> before, store_.GetStatus(key));
  const ResourceStatus next =
      WithIntent(before ? &*before : nullptr, key, created, revision, clock_.Now());
  if (before == next) return {};
  return store_.PutStatus(next, Store::Durability::kSynced);
}

Status StatusWriter::RecordProgress(const ResourceKey& key, std::string_view text,
                                    std::string_view revision) {
  MOORING_TRY(const std::optional<ResourceStatus> before, store_.GetStatus(key));
  const ResourceStatus next =
      WithProgress(before ? &*before : nullptr, key, text, revision, clock_.Now());
  if (before == next) return {};
  return store_.PutStatus(next, Store::Durability::kBuffered);
}

}  // namespace mooring
