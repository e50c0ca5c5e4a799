// SPDX-License-Identifier: Apache-2.0
#include "controller/status/event_recorder.h"

namespace mooring {

EventRecorder::EventRecorder(Store& store, const Clock& clock, Log log, Options options)
    : store_(store), clock_(clock), log_(std::move(log)), retention_(options.retention) {}

void EventRecorder::Record(Severity severity, const ResourceKey& key, std::string_view reason,
                           std::string_view message, std::string_view revision,
                           const EventCause& cause) {
  const Time now = clock_.Now();
  Event event{.time = now,
              .first = now,
              .severity = severity,
              .key = key,
              .reason = std::string(reason),
              .message = std::string(message),
              .revision = std::string(revision),
              .actor = cause.actor,
              .correlation = cause.correlation};
  last_events_.With([&](LastEvents& last) { RecordLocked(last, std::move(event)); });
}

void EventRecorder::RecordLocked(LastEvents& last_events, Event event) {
  auto found = last_events.find(event.key);
  if (found == last_events.end()) {
    const auto stored = store_.ListEvents({.key = event.key, .limit = 1});
    if (stored && !stored->empty()) found = last_events.emplace(event.key, stored->back()).first;
  }
  if (found != last_events.end() && found->second.reason == event.reason &&
      found->second.message == event.message) {
    Event again = found->second;
    ++again.count;
    again.time = event.time;
    again.severity = event.severity;
    again.revision = event.revision;
    again.actor = event.actor;
    again.correlation = event.correlation;
    if (store_.UpdateEvent(again)) {
      found->second = std::move(again);
      return;
    }
    // The store no longer keeps that one: it is a new event.
  }
  const auto sequence = store_.AppendEvent(event);
  if (!sequence) {
    log_.With("resource", event.key.ToString())
        .With("reason", event.reason)
        .With("error", sequence.error().ToString())
        .Warn("event not stored");
    return;
  }
  event.sequence = *sequence;
  last_events.insert_or_assign(event.key, std::move(event));
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
