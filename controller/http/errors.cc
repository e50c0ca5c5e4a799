// SPDX-License-Identifier: Apache-2.0
#include "controller/http/errors.h"

#include "controller/web/problem.h"

namespace mooring::http {

int HttpStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kAborted:
      return 409;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kDataLoss:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

web::Response ErrorResponse(const Error& error) {
  web::Response response =
      web::Problem(HttpStatus(error.code()), error.ToString(), ErrorCodeName(error.code()));
  if (const auto after = error.retry_after()) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*after).count();
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  }
  return response;
}

}  // namespace mooring::http
