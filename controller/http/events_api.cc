// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events.
#include <charconv>
#include <limits>

#include "controller/http/errors.h"
#include "controller/http/event_query.h"
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

constexpr uint64_t kMaxEvents = 1000;

Result<uint64_t> ReadNumber(const web::Request& request, const char* name, uint64_t fallback) {
  const auto asked = request.query.find(name);
  if (asked == request.query.end()) return fallback;
  return ParseSequence(name, asked->second);
}

Result<EventQuery> ReadQuery(const web::Request& request) {
  MOORING_RETURN_IF_ERROR(CheckQuery(request, {"after", "resource", "limit"}));
  EventQuery query;
  MOORING_TRY(query.after, ReadNumber(request, "after", 0));
  MOORING_TRY(query.limit, ReadNumber(request, "limit", kMaxEvents));
  if (query.limit == 0 || query.limit > kMaxEvents) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("limit must be 1 to {}", kMaxEvents));
  }
  MOORING_TRY(query.key, ReadResource(request));
  return query;
}

}  // namespace

Result<uint64_t> ParseSequence(std::string_view name, std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}=\"{}\" is not a number", name, text));
  }
  return number;
}

Result<std::optional<ResourceKey>> ReadResource(const web::Request& request) {
  const auto asked = request.query.find("resource");
  if (asked == request.query.end()) return std::nullopt;
  auto key = ResourceKey::Parse(asked->second);
  if (key) return key;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("resource=\"{}\" is not a resource; write Kind/namespace/name", asked->second));
}

web::Response ListEvents(const ApiBackend& backend, const web::Request& request) {
  const auto query = ReadQuery(request);
  if (!query) return ErrorResponse(query.error());
  const auto events = backend.store.ListEvents(*query);
  if (!events) return ErrorResponse(events.error().WithContext("list events"));
  nlohmann::ordered_json list = {{"apiVersion", kApiVersion}, {"kind", "List"}};
  list["items"] = Json(*events);
  list["last"] = events->empty() ? query->after : events->back().sequence;
  return JsonResponse(list);
}

}  // namespace mooring::http
