// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/plan.
#include "controller/http/errors.h"
#include "controller/http/handlers.h"
#include "controller/http/json_body.h"

namespace mooring::http {

web::Response PostPlan(const ApiBackend& backend, const web::Request& request) {
  if (const Status known = CheckQuery(request, {}); !known) return ErrorResponse(known.error());
  const auto body = ParseJsonObject(request.body);
  if (!body) return ErrorResponse(body.error());
  const auto plan = backend.plan(*body, request.stop);
  return plan ? JsonResponse(*plan) : ErrorResponse(plan.error());
}

}  // namespace mooring::http
