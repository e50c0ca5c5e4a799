// SPDX-License-Identifier: Apache-2.0
// GET /readyz and /metrics.
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

bool WantsJson(const web::Request& request) {
  const auto accept = request.headers.find("accept");
  return accept != request.headers.end() &&
         accept->second.find("application/json") != std::string::npos;
}

std::string AsText(const std::vector<ReadinessPart>& parts) {
  std::string text;
  for (const ReadinessPart& part : parts) {
    text += fmt::format("{}: {}{}{}\n", part.name, part.ready ? "ready" : "not ready",
                        part.reason.empty() ? "" : ", ", part.reason);
  }
  return text;
}

}  // namespace

web::Response GetReadiness(const ApiBackend& backend, const web::Request& request, bool details) {
  std::vector<ReadinessPart> parts = backend.readiness();
  const bool ready = std::all_of(parts.begin(), parts.end(), [](const auto& p) { return p.ready; });
  if (!details) parts.clear();
  web::Response response;
  if (WantsJson(request)) {
    nlohmann::ordered_json document = {{"ready", ready}, {"parts", Json::array()}};
    for (const ReadinessPart& part : parts) {
      document["parts"].push_back(nlohmann::ordered_json{
          {"name", part.name}, {"ready", part.ready}, {"reason", part.reason}});
    }
    response = JsonResponse(document);
  } else {
    response.content_type = "text/plain; charset=utf-8";
    response.body = details ? AsText(parts) : ready ? "ready\n" : "not ready\n";
  }
  response.status = ready ? 200 : 503;
  return response;
}

web::Response GetMetrics(const ApiBackend& backend, const web::Request&) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = backend.render_metrics()};
}

}  // namespace mooring::http
