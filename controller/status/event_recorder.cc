// SPDX-License-Identifier: Apache-2.0
#include "controller/status/event_recorder.h"

#include <algorithm>

namespace mooring {
namespace {

bool IsRepeated(const Event& last, const Event& event) {
  return last.reason == event.reason && last.message == event.message;
}

void CountOn(Event& last, const Event& event) {
  last.count += event.count;
  last.time = event.time;
  last.severity = event.severity;
  last.revision = event.revision;
  last.actor = event.actor;
  last.correlation = event.correlation;
}

/// What is to be written for `events`, given the last one of each key.
std::vector<Event> Fold(const std::unordered_map<ResourceKey, Event>& last_events,
                        const std::vector<Event>& events) {
  std::vector<Event> folded;
  for (const Event& event : events) {
    const auto same = std::find_if(folded.rbegin(), folded.rend(),
                                   [&](const Event& e) { return e.key == event.key; });
    const auto last = last_events.find(event.key);
    if (same != folded.rend()) {
      if (IsRepeated(*same, event)) {
        CountOn(*same, event);
      } else {
        folded.push_back(event);
      }
    } else if (last != last_events.end() && IsRepeated(last->second, event)) {
      CountOn(folded.emplace_back(last->second), event);
    } else {
      folded.push_back(event);
    }
  }
  return folded;
}

}  // namespace

EventRecorder::EventRecorder(Store& store, const Clock& clock, Log log, Options options)
    : store_(store), clock_(clock), log_(std::move(log)), retention_(options.retention) {}

Event EventRecorder::Make(Severity severity, const ResourceKey& key, std::string_view reason,
                          std::string_view message, std::string_view revision,
                          const EventCause& cause) const {
  const Time now = clock_.Now();
  return {.time = now,
          .first = now,
          .severity = severity,
          .key = key,
          .reason = std::string(reason),
          .message = std::string(message),
          .revision = std::string(revision),
          .actor = cause.actor,
          .correlation = cause.correlation};
}

void EventRecorder::Record(Severity severity, const ResourceKey& key, std::string_view reason,
                           std::string_view message, std::string_view revision,
                           const EventCause& cause) {
  const Status stored = Commit({}, {Make(severity, key, reason, message, revision, cause)});
  if (stored) return;
  log_.With("resource", key.ToString())
      .With("reason", reason)
      .With("error", stored.error().ToString())
      .Warn("event not stored");
}

Status EventRecorder::Commit(StoreBatch batch, const std::vector<Event>& events) {
  if (events.empty()) {
    MOORING_RETURN_IF_ERROR(store_.Commit(batch, Store::Durability::kBuffered));
    return {};
  }
  return last_events_.With([&](LastEvents& last) -> Status {
    Recall(last, events);
    batch.events = Fold(last, events);
    auto sequences = store_.Commit(batch, Store::Durability::kBuffered);
    if (!sequences && sequences.error().code() == ErrorCode::kNotFound) {
      // The store no longer keeps one that happened again: it is a new one.
      for (const Event& event : events) last.erase(event.key);
      batch.events = Fold(last, events);
      sequences = store_.Commit(batch, Store::Durability::kBuffered);
    }
    if (!sequences) return std::unexpected(sequences.error());
    for (size_t i = 0; i < sequences->size(); ++i) {
      Event& event = batch.events[i];
      event.sequence = (*sequences)[i];
      last.insert_or_assign(event.key, std::move(event));
    }
    return {};
  });
}

/// Reads the last event of each key that is not known yet. One that cannot be read is repeated
/// rather than missed.
void EventRecorder::Recall(LastEvents& last_events, const std::vector<Event>& events) const {
  for (const Event& event : events) {
    if (last_events.contains(event.key)) continue;
    const auto stored = store_.ListEvents({.key = event.key, .limit = 1});
    if (stored && !stored->empty()) last_events.emplace(event.key, stored->back());
  }
}

void EventRecorder::DropOld() {
  const Time oldest = clock_.Now() - std::chrono::duration_cast<Time::duration>(retention_.load());
  last_events_.With([&](LastEvents& last) {
    std::erase_if(last, [&](const auto& entry) { return entry.second.time < oldest; });
  });
  if (const auto dropped = store_.DropEventsBefore(oldest); !dropped) {
    log_.With("error", dropped.error().ToString()).Warn("old events not dropped");
  }
}

}  // namespace mooring
