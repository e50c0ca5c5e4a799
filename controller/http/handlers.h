// SPDX-License-Identifier: Apache-2.0
// The handlers behind the routes: pure functions of the backend and the request. Internal to this
// folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/http/api.h"
#include "controller/http/streams.h"

namespace mooring::http {

/// Without `details` only whether everything is ready.
web::Response GetReadiness(const ApiBackend& backend, const web::Request& request, bool details);
web::Response GetMetrics(const ApiBackend& backend, const web::Request& request);
web::Response ListResources(const ApiBackend& backend, const web::Request& request);
web::Response GetResource(const ApiBackend& backend, const web::Request& request);
web::Response ListEvents(const ApiBackend& backend, const web::Request& request);
web::Response PostPlan(const ApiBackend& backend, const web::Request& request);
web::Response PostReconcile(const ApiBackend& backend, const web::Request& request);
web::Response PostWebhook(const ApiBackend& backend, const web::Request& request);
web::Response ListWebhooks(const ApiBackend& backend, const web::Request& request);
web::Response PostSuspend(const ApiBackend& backend, const web::Request& request);
web::Response PostRollback(const ApiBackend& backend, const web::Request& request);
web::Response PostResume(const ApiBackend& backend, const web::Request& request);
web::Response StreamEvents(const std::shared_ptr<const ApiBackend>& backend, Streams& streams,
                           const web::Request& request);
web::Response StreamResources(const std::shared_ptr<const ApiBackend>& backend, Streams& streams,
                              const web::Request& request);

/// 200 with the document, one line.
web::Response JsonResponse(const nlohmann::ordered_json& document);
/// 200 with what the subscription writes; 503 when too many streams are open.
web::Response StreamResponse(Streams& streams, const web::Request& request,
                             std::unique_ptr<Subscription> subscription);
/// InvalidArgument for a query parameter that the route does not know.
Status CheckQuery(const web::Request& request, const std::vector<std::string>& known);

}  // namespace mooring::http
