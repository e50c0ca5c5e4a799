// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/reconcile.
#include "controller/base/text.h"
#include "controller/http/errors.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"
#include "controller/http/json_body.h"

namespace mooring::http {
namespace {

Result<ReconcileRequest> Read(const Json& body) {
  ReconcileRequest request;
  const std::vector<std::string> known = {"resource", "source", "overrideWindow"};
  for (const auto& [name, value] : body.items()) {
    if (name == "resource" && value.is_string()) {
      request.resource = ResourceKey::Parse(value.get<std::string>());
      if (request.resource) continue;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("resource {} is not a resource; write Kind/namespace/name",
                              value.dump(-1, ' ', false, Json::error_handler_t::replace)));
    }
    if (name == "source" && value.is_boolean()) {
      request.source = value.get<bool>();
      continue;
    }
    if (name == "overrideWindow" && value.is_boolean()) {
      request.override_window = value.get<bool>();
      continue;
    }
    if (name == "resource") return Fail(ErrorCode::kInvalidArgument, "resource must be a string");
    if (name == "source" || name == "overrideWindow")
      return Fail(ErrorCode::kInvalidArgument, name + " must be true or false");
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("unknown field \"{}\"; it takes: {}", name, Join(known, ", ")));
  }
  if (request.override_window && !request.resource) {
    return Fail(ErrorCode::kInvalidArgument,
                "overrideWindow is for one resource; name it in resource");
  }
  return request;
}

Result<size_t> Reconcile(const ApiBackend& backend, const web::Request& request) {
  MOORING_RETURN_IF_ERROR(CheckQuery(request, {}));
  Json body = Json::object();
  if (!request.body.empty()) {
    MOORING_TRY(body, ParseJsonObject(request.body));
  }
  MOORING_TRY(ReconcileRequest asked, Read(body));
  if (asked.resource) {
    if (asked.resource->kind == "Host") {
      return Fail(ErrorCode::kInvalidArgument,
                  "a Host has nothing to reconcile; leave resource out to look at everything");
    }
    MOORING_TRY(const auto document, FindDocument(backend, *asked.resource));
    if (!document) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("{} is neither in Git nor on this host", asked.resource->ToString()));
    }
  }
  asked.who = request.caller->name;
  return backend.reconcile(asked);
}

}  // namespace

web::Response PostReconcile(const ApiBackend& backend, const web::Request& request) {
  const auto queued = Reconcile(backend, request);
  if (!queued) return ErrorResponse(queued.error());
  web::Response response = JsonResponse({{"queued", *queued}});
  response.status = 202;
  return response;
}

}  // namespace mooring::http
