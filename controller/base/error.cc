// SPDX-License-Identifier: Apache-2.0
#include "controller/base/error.h"

namespace mooring {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid-argument";
    case ErrorCode::kFailedPrecondition:
      return "failed-precondition";
    case ErrorCode::kPermissionDenied:
      return "permission-denied";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kDataLoss:
      return "data-loss";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDeadlineExceeded:
      return "deadline-exceeded";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kAborted:
      return "aborted";
    case ErrorCode::kCancelled:
      return "cancelled";
  }
  return "internal";
}

Error Error::WithContext(std::string_view context) const {
  Error copy = *this;
  copy.context_ =
      copy.context_.empty() ? std::string(context) : std::string(context) + ": " + copy.context_;
  return copy;
}

Error Error::WithReason(std::string_view reason) const {
  Error copy = *this;
  copy.reason_ = reason;
  return copy;
}

Error Error::WithRetryAfter(std::chrono::milliseconds after) const {
  Error copy = *this;
  copy.retry_after_ = after;
  return copy;
}

std::string Error::ToString() const {
  return context_.empty() ? message_ : context_ + ": " + message_;
}

}  // namespace mooring
