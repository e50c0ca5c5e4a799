// SPDX-License-Identifier: Apache-2.0
#include "controller/http/api.h"

#include "controller/base/text.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

constexpr size_t kMaxPlanBody = 16u << 20;

}  // namespace

void RegisterApi(web::HttpServer& server, ApiBackend given, Streams& streams) {
  using web::Access;
  using web::Request;
  const auto backend = std::make_shared<const ApiBackend>(std::move(given));
  const auto get = [&](const std::string& pattern, Access access, auto handler) {
    server.Handle(
        {.method = "GET",
         .pattern = pattern,
         .access = access,
         .handler = [backend, handler](const Request& r) { return handler(*backend, r); }});
  };
  server.Handle({.method = "GET",
                 .pattern = "/healthz",
                 .access = Access::kOpen,
                 .handler =
                     [](const Request&) {
                       return web::Response{.content_type = "text/plain; charset=utf-8",
                                            .body = "ok\n"};
                     },
                 .quick = true});
  get("/readyz", Access::kOpen, GetReadiness);
  get("/metrics", Access::kOpen, [](const ApiBackend& b, const Request&) { return GetMetrics(b); });
  const auto stream = [&](const std::string& pattern, auto handler) {
    server.Handle({.method = "GET",
                   .pattern = pattern,
                   .access = Access::kLocal,
                   .handler = [backend, handler, &streams](const Request& r) {
                     return handler(backend, streams, r);
                   }});
  };
  get("/api/v1/resources", Access::kLocal, ListResources);
  stream("/api/v1/resources/stream", StreamResources);
  get("/api/v1/resources/{kind}/{name}", Access::kLocal, GetResource);
  get("/api/v1/resources/{kind}/{namespace}/{name}", Access::kLocal, GetResource);
  get("/api/v1/events", Access::kLocal, ListEvents);
  stream("/api/v1/events/stream", StreamEvents);
  server.Handle({.method = "POST",
                 .pattern = "/api/v1/reconcile",
                 .access = Access::kLocal,
                 .handler = [backend](const Request& r) { return PostReconcile(*backend, r); }});
  server.Handle({.method = "POST",
                 .pattern = "/api/v1/plan",
                 .access = Access::kLocal,
                 .handler = [backend](const Request& r) { return PostPlan(*backend, r); },
                 .max_body = kMaxPlanBody});
}

web::Response JsonResponse(const nlohmann::ordered_json& document) {
  return {.body = OneLine(document) + "\n"};
}

Status CheckQuery(const web::Request& request, const std::vector<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = Nearest(name, known);
    const std::string hint =
        nearest.empty() ? "it takes: " + Join(known, ", ") : "did you mean \"" + nearest + "\"?";
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("unknown query parameter \"{}\" of {}; {}", name, request.path, hint));
  }
  return {};
}

}  // namespace mooring::http
