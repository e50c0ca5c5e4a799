// SPDX-License-Identifier: Apache-2.0
// POST /webhooks/{name} and GET /api/v1/webhooks.
#include "controller/base/text.h"
#include "controller/http/errors.h"
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

using nlohmann::ordered_json;
using webhook::Outcome;

web::Response AcceptedResponse(const webhook::Answer& answer) {
  web::Response response =
      JsonResponse({{"result", webhook::OutcomeName(answer.outcome)}, {"message", answer.message}});
  response.status = 202;
  return response;
}

web::Response RefusedResponse(const webhook::Answer& answer) {
  web::Response response = web::Problem(web::problem::kUnauthenticated, answer.message);
  response.headers.emplace_back("WWW-Authenticate", "Signature realm=\"mooring\"");
  return response;
}

web::Response LimitedResponse(const webhook::Answer& answer) {
  web::Response response = web::Problem(web::problem::kRateLimited, answer.message);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.wait).count();
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

web::Response ResponseTo(const webhook::Answer& answer) {
  switch (answer.outcome) {
    case Outcome::kAccepted:
    case Outcome::kIgnored:
    case Outcome::kRepeated:
      return AcceptedResponse(answer);
    case Outcome::kRefused:
      return RefusedResponse(answer);
    case Outcome::kLimited:
      return LimitedResponse(answer);
    case Outcome::kInvalid:
      return web::Problem(web::problem::kInvalidArgument, answer.message);
    case Outcome::kUnavailable:
      break;
  }
  return web::Problem(web::problem::kUnavailable, answer.message);
}

ordered_json TimeOrNull(const std::optional<Time>& time) {
  return time ? ordered_json(FormatTime(*time)) : ordered_json(nullptr);
}

ordered_json DeliveryDocument(const webhook::LastDelivery& last) {
  return {{"time", FormatTime(last.at)},
          {"delivery", last.id},
          {"event", last.event},
          {"signature", last.signature},
          {"result", webhook::OutcomeName(last.outcome)},
          {"message", last.message}};
}

ordered_json HookDocument(const webhook::HookReport& report) {
  return {{"name", report.name},
          {"type", webhook::SenderName(report.sender)},
          {"path", "/webhooks/" + report.name},
          {"source", report.source},
          {"ref", report.ref},
          {"secret", report.has_secret},
          {"deliveries", report.deliveries},
          {"last", report.last ? DeliveryDocument(*report.last) : ordered_json(nullptr)},
          {"lastValid", TimeOrNull(report.last_valid)},
          {"sourceMoved", TimeOrNull(report.source_moved)}};
}

}  // namespace

web::Response PostWebhook(const ApiBackend& backend, const web::Request& request) {
  const auto answer = backend.deliver(request);
  if (answer) return ResponseTo(*answer);
  return web::Problem(web::problem::kNoSuchPath, "there is nothing at " + request.path);
}

web::Response ListWebhooks(const ApiBackend& backend, const web::Request& request) {
  if (const Status known = CheckQuery(request, {}); !known) return ErrorResponse(known.error());
  ordered_json items = ordered_json::array();
  for (const webhook::HookReport& report : backend.list_webhooks())
    items.push_back(HookDocument(report));
  return JsonResponse({{"apiVersion", kApiVersion}, {"kind", "List"}, {"items", std::move(items)}});
}

}  // namespace mooring::http
