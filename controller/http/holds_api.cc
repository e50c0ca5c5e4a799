// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/suspend, /api/v1/rollback and /api/v1/resume.
#include "controller/base/text.h"
#include "controller/http/errors.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"
#include "controller/http/json_body.h"

namespace mooring::http {
namespace {

constexpr size_t kMaxReason = 500;
constexpr Duration kLongest = std::chrono::hours(365 * 24);

Result<std::string> ReadText(const std::string& name, const Json& value) {
  if (!value.is_string()) return Fail(ErrorCode::kInvalidArgument, name + " must be a string");
  return value.get<std::string>();
}

Result<Duration> ReadDuration(const std::string& text) {
  const auto how_long = ParseDuration(text);
  if (!how_long) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("for \"{}\" is not a duration; write 2h or 24h", text));
  }
  if (how_long->count() > 0 && *how_long <= kLongest) return *how_long;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("for \"{}\": what is held by hand ends by itself, within 365d; what is to "
                  "stay so belongs into Git, as suspend: true or a revert",
                  text));
}

Result<std::string> ReadReason(const std::string& text) {
  const bool one_line = std::none_of(text.begin(), text.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (one_line && text.size() <= kMaxReason) return text;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("reason must be one line of at most {} bytes", kMaxReason));
}

Result<HoldScope> ReadScope(const std::string& name, const Json& value) {
  if (name == "all") {
    if (value == true) return HoldScope::All();
    return Fail(ErrorCode::kInvalidArgument, "all must be true, or left out");
  }
  MOORING_TRY(const std::string text, ReadText(name, value));
  if (name == "namespace") return HoldScope::Namespace(text);
  if (name == "source") return HoldScope::Source(text);
  const auto key = ResourceKey::Parse(text);
  if (key && key->kind != "Host") return HoldScope::Resource(*key);
  return Fail(
      ErrorCode::kInvalidArgument,
      key ? "a Host is not suspended itself; all holds everything on it"
          : fmt::format("resource \"{}\" is not a resource; write Kind/namespace/name", text));
}

/// `scopes`: which fields say what it is about, of which exactly one must be there, or none for
/// `if_none`; `others`: what else there may be.
Result<HoldRequest> Read(const web::Request& request, const std::vector<std::string>& scopes,
                         const std::vector<std::string>& others,
                         const std::optional<HoldScope>& if_none = std::nullopt) {
  MOORING_RETURN_IF_ERROR(CheckQuery(request, {}));
  MOORING_TRY(const Json body, ParseJsonObject(request.body));
  std::vector<std::string> known = scopes;
  known.insert(known.end(), others.begin(), others.end());
  HoldRequest asked{.who = request.caller->name};
  size_t found = 0;
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("unknown field \"{}\"; it takes: {}", name, Join(known, ", ")));
    }
    if (std::ranges::find(scopes, name) != scopes.end()) {
      MOORING_TRY(asked.scope, ReadScope(name, value));
      ++found;
      continue;
    }
    MOORING_TRY(const std::string text, ReadText(name, value));
    if (name == "for") {
      MOORING_TRY(asked.how_long, ReadDuration(text));
    } else if (name == "reason") {
      MOORING_TRY(asked.reason, ReadReason(text));
    } else {
      asked.revision = text;
    }
  }
  if (found == 0 && if_none) asked.scope = *if_none;
  if (found == 1 || (found == 0 && if_none)) return asked;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("name exactly one of: {}", Join(scopes, ", ")));
}

/// NotFound when it would hold nothing: then it is a slip of the pen.
Status CheckKnown(const ApiBackend& backend, const HoldScope& scope) {
  if (scope.kind == HoldScope::Kind::kAll) return {};
  MOORING_TRY(const auto keys, ListKeys(backend, {}));
  if (std::ranges::any_of(keys, [&](const ResourceKey& key) { return scope.Covers(key); }))
    return {};
  return Fail(ErrorCode::kNotFound,
              scope.kind == HoldScope::Kind::kNamespace
                  ? fmt::format("no resource is in the namespace {}", scope.name)
                  : fmt::format("{} is neither in Git nor on this host", scope.name));
}

nlohmann::ordered_json Document(const Held& held) {
  return {{"what", held.scope.ToString()},
          {"since", FormatTime(held.since)},
          {"heldBy", Json(held.hold)},
          {"resume", held.scope.ResumeCommand()}};
}

Result<Held> Suspend(const ApiBackend& backend, const web::Request& request) {
  MOORING_TRY(const HoldRequest asked,
              Read(request, {"resource", "namespace", "all"}, {"for", "reason"}));
  MOORING_RETURN_IF_ERROR(CheckKnown(backend, asked.scope));
  return backend.suspend(asked);
}

Result<Held> RollBack(const ApiBackend& backend, const web::Request& request) {
  MOORING_TRY(const HoldRequest asked,
              Read(request, {"source"}, {"revision", "for", "reason"}, HoldScope::Source("")));
  if (!asked.revision.empty()) return backend.roll_back(asked, request.stop);
  return Fail(ErrorCode::kInvalidArgument, "revision must name a commit: an id, a tag, or HEAD~1");
}

Result<std::vector<Held>> Resume(const ApiBackend& backend, const web::Request& request) {
  MOORING_TRY(const HoldRequest asked,
              Read(request, {"resource", "namespace", "all", "source"}, {}));
  return backend.resume(asked);
}

}  // namespace

web::Response PostSuspend(const ApiBackend& backend, const web::Request& request) {
  const auto held = Suspend(backend, request);
  return held ? JsonResponse(Document(*held)) : ErrorResponse(held.error());
}

web::Response PostRollback(const ApiBackend& backend, const web::Request& request) {
  const auto held = RollBack(backend, request);
  return held ? JsonResponse(Document(*held)) : ErrorResponse(held.error());
}

web::Response PostResume(const ApiBackend& backend, const web::Request& request) {
  const auto ended = Resume(backend, request);
  if (!ended) return ErrorResponse(ended.error());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Held& held : *ended) list.push_back(Document(held));
  return JsonResponse({{"ended", list}});
}

}  // namespace mooring::http
