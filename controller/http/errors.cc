// SPDX-License-Identifier: Apache-2.0
#include "controller/http/errors.h"

namespace mooring::http {

const web::ProblemKind& KindOf(ErrorCode code) {
  namespace problem = web::problem;
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return problem::kInvalidArgument;
    case ErrorCode::kUnauthenticated:
      return problem::kUnauthenticated;
    case ErrorCode::kPermissionDenied:
      return problem::kPermissionDenied;
    case ErrorCode::kNotFound:
      return problem::kNotFound;
    case ErrorCode::kFailedPrecondition:
      return problem::kFailedPrecondition;
    case ErrorCode::kAborted:
      return problem::kAborted;
    case ErrorCode::kUnavailable:
      return problem::kUnavailable;
    case ErrorCode::kCancelled:
      return problem::kShuttingDown;
    case ErrorCode::kDeadlineExceeded:
      return problem::kDeadlineExceeded;
    case ErrorCode::kDataLoss:
      return problem::kDataLoss;
    case ErrorCode::kInternal:
      return problem::kInternal;
  }
  return problem::kInternal;
}

web::Response ErrorResponse(const Error& error) {
  web::Response response = web::Problem(KindOf(error.code()), error.ToString());
  if (const auto after = error.retry_after()) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*after).count();
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  }
  return response;
}

}  // namespace mooring::http
