// SPDX-License-Identifier: Apache-2.0
#include "controller/http/api.h"

#include "controller/base/text.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"
#include "controller/http/openapi.h"

namespace mooring::http {
namespace {

constexpr size_t kMaxPlanBody = 16u << 20;
constexpr size_t kMaxWebhookBody = 1u << 20;

web::Response GetOpenApi(const ApiBackend&, const web::Request&) {
  return {.body = std::string(kOpenApi)};
}

web::Response GetHealth(const web::Request&) {
  return {.content_type = "text/plain; charset=utf-8", .body = "ok\n"};
}

}  // namespace

std::vector<web::Route> ApiRoutes(ApiBackend given, Streams& streams, ApiOptions options) {
  using web::Request;
  std::vector<web::Route> routes;
  const auto backend = std::make_shared<const ApiBackend>(std::move(given));
  const auto get = [&](const char* path, std::optional<Role> role, auto handler) {
    routes.push_back(
        {.method = "GET", .pattern = path, .role = role, .handler = [=](const Request& r) {
           return handler(*backend, r);
         }});
  };
  const auto stream = [&](const char* path, auto handler) {
    routes.push_back(
        {.method = "GET",
         .pattern = path,
         .role = Role::kRead,
         .handler = [=, &streams](const Request& r) { return handler(backend, streams, r); }});
  };
  const auto post = [&](const char* path, Role role, auto handler, size_t max_body = 0) {
    routes.push_back({.method = "POST",
                      .pattern = path,
                      .role = role,
                      .handler = [=](const Request& r) { return handler(*backend, r); },
                      .max_body = max_body,
                      .consumes = "application/json"});
  };
  routes.push_back({.method = "GET",
                    .pattern = "/healthz",
                    .role = std::nullopt,
                    .handler = GetHealth,
                    .quick = true});
  get("/readyz", std::nullopt, [options](const ApiBackend& b, const Request& r) {
    return GetReadiness(b, r, !options.metrics_token || r.caller.has_value());
  });
  get("/metrics", options.metrics_token ? std::optional(Role::kRead) : std::nullopt, GetMetrics);
  get("/api/v1/openapi.json", Role::kRead, GetOpenApi);
  get("/api/v1/resources", Role::kRead, ListResources);
  stream("/api/v1/resources/stream", StreamResources);
  get("/api/v1/resources/{kind}/{name}", Role::kRead, GetResource);
  get("/api/v1/resources/{kind}/{namespace}/{name}", Role::kRead, GetResource);
  get("/api/v1/events", Role::kRead, ListEvents);
  stream("/api/v1/events/stream", StreamEvents);
  post("/api/v1/plan", Role::kRead, PostPlan, kMaxPlanBody);
  post("/api/v1/reconcile", Role::kOperate, PostReconcile);
  get("/api/v1/webhooks", Role::kRead, ListWebhooks);
  // The signature says who sends it.
  routes.push_back({.method = "POST",
                    .pattern = "/webhooks/{name}",
                    .role = std::nullopt,
                    .handler = [=](const Request& r) { return PostWebhook(*backend, r); },
                    .max_body = kMaxWebhookBody});
  post("/api/v1/suspend", Role::kOperate, PostSuspend);
  post("/api/v1/rollback", Role::kOperate, PostRollback);
  post("/api/v1/resume", Role::kOperate, PostResume);
  return routes;
}

void RegisterApi(web::HttpServer& server, ApiBackend backend, Streams& streams,
                 ApiOptions options) {
  for (web::Route& route : ApiRoutes(std::move(backend), streams, options))
    server.Handle(std::move(route));
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
