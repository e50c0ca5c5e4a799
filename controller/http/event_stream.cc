// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events/stream.
#include "controller/http/errors.h"
#include "controller/http/event_query.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

constexpr size_t kBatch = 100;

class EventSubscription final : public Subscription {
 public:
  EventSubscription(std::shared_ptr<const ApiBackend> backend, EventQuery from,
                    std::optional<std::string> gap)
      : backend_(std::move(backend)), query_(std::move(from)), gap_(std::move(gap)) {
    query_.limit = kBatch;
    query_.from_oldest = true;
  }

  void Note(const Changes::Batch& batch) override {
    for (const auto& [sequence, event] : batch.repeated) {
      // What is ahead of us is read, with its count, when its turn comes.
      if (sequence > query_.after || (query_.key && event.key != *query_.key)) continue;
      repeated_.insert_or_assign(sequence, event);
    }
  }

  Status Fill(web::BodyStream& body) override {
    if (gap_) {
      body.Write(ServerSentEvent("", "gap", *gap_));
      gap_.reset();
    }
    while (body.HasRoom()) {
      if (!repeated_.empty()) {
        // Without an id: the client goes on from where it is.
        const auto first = repeated_.begin();
        body.Write(ServerSentEvent("", "event", OneLine(Json(first->second))));
        repeated_.erase(first);
        continue;
      }
      MOORING_TRY(const std::vector<Event> events, backend_->store.ListEvents(query_));
      if (events.empty()) break;
      for (const Event& event : events) {
        body.Write(ServerSentEvent(std::to_string(event.sequence), "event", OneLine(Json(event))));
        query_.after = event.sequence;
      }
    }
    return {};
  }

 private:
  const std::shared_ptr<const ApiBackend> backend_;
  EventQuery query_;
  std::optional<std::string> gap_;
  std::map<uint64_t, Event> repeated_;
};

struct Start {
  uint64_t after = 0;
  std::optional<std::string> gap;
};

/// Where to begin for a client that saw everything up to `after`; nullopt: it wants what is new.
Result<Start> FindStart(const StoreReader& store, std::optional<uint64_t> after) {
  MOORING_TRY(const std::vector<Event> newest, store.ListEvents({.limit = 1}));
  const uint64_t last = newest.empty() ? 0 : newest.back().sequence;
  if (!after) return Start{last, std::nullopt};
  const auto gap = [](uint64_t from, uint64_t next) {
    return Json{{"after", from}, {"next", next}}.dump();
  };
  // It knows more than we do: our history began anew.
  if (*after > last) {
    MOORING_TRY(const std::vector<Event> first,
                store.ListEvents({.limit = 1, .from_oldest = true}));
    return Start{0, gap(*after, first.empty() ? last + 1 : first.front().sequence)};
  }
  MOORING_TRY(const std::vector<Event> next,
              store.ListEvents({.after = *after, .limit = 1, .from_oldest = true}));
  if (next.empty() || next.front().sequence == *after + 1) return Start{*after, std::nullopt};
  return Start{*after, gap(*after, next.front().sequence)};
}

Result<std::unique_ptr<Subscription>> Subscribe(std::shared_ptr<const ApiBackend> backend,
                                                const web::Request& request) {
  MOORING_RETURN_IF_ERROR(CheckQuery(request, {"after", "resource"}));
  EventQuery query;
  MOORING_TRY(query.key, ReadResource(request));
  std::optional<uint64_t> after;
  const auto seen = request.headers.find("last-event-id");
  if (seen != request.headers.end()) {
    MOORING_TRY(after, ParseSequence("Last-Event-ID", seen->second));
  } else if (const auto asked = request.query.find("after"); asked != request.query.end()) {
    MOORING_TRY(after, ParseSequence("after", asked->second));
  }
  MOORING_TRY(const Start start, FindStart(backend->store, after));
  query.after = start.after;
  return std::make_unique<EventSubscription>(std::move(backend), std::move(query), start.gap);
}

}  // namespace

web::Response StreamEvents(const std::shared_ptr<const ApiBackend>& backend, Streams& streams,
                           const web::Request& request) {
  auto subscription = Subscribe(backend, request);
  if (!subscription) return ErrorResponse(subscription.error().WithContext("stream events"));
  return StreamResponse(streams, request, *std::move(subscription));
}

}  // namespace mooring::http
