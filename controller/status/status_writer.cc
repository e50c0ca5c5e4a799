// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include "controller/status/event_recorder.h"

namespace mooring {
namespace {

std::vector<InventoryEntry> Created(const Intent& intent) {
  std::vector<InventoryEntry> created;
  for (const Intent::Step& step : intent.steps) {
    if (!step.creates) continue;
    created.push_back({step.object, step.object.substr(step.object.find('/') + 1), {}});
  }
  return created;
}

}  // namespace

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
  StoreBatch batch;
  if (after != before && after) batch.statuses.push_back(*after);
  if (after != before && !after) batch.gone.push_back(report.key);
  if (report.unfinished) batch.intents[report.key] = *report.unfinished;
  if (!batch.empty() || !report.events.empty()) {
    MOORING_RETURN_IF_ERROR(events_.Commit(std::move(batch), report.events));
  }
  return Recorded{std::move(before), std::move(after)};
}

Status StatusWriter::RecordIntent(const ResourceKey& key, const Intent& intent,
                                  std::string_view revision) {
  MOORING_TRY(const std::optional<ResourceStatus> before, store_.GetStatus(key));
  StoreBatch batch{.intents = {{key, intent}}};
  const std::vector<InventoryEntry> created = Created(intent);
  if (!created.empty()) {
    ResourceStatus next =
        WithIntent(before ? &*before : nullptr, key, created, revision, clock_.Now());
    if (before != next) batch.statuses.push_back(std::move(next));
  }
  MOORING_RETURN_IF_ERROR(store_.Commit(batch, Store::Durability::kSynced));
  return {};
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
