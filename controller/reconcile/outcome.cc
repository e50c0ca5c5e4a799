// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/outcome.h"

#include "controller/reconcile/change.h"

namespace mooring {

ReconcileOutcome ClassifyError(Error error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kDataLoss:
      return Stalled{std::move(error)};
    case ErrorCode::kCancelled:
      return Interrupted{};
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kInternal:
    case ErrorCode::kNotFound:
    case ErrorCode::kAborted:
      return Retry{std::move(error)};
  }
  return Retry{std::move(error)};
}

std::string_view OutcomeName(const ReconcileOutcome& outcome) {
  static constexpr std::string_view kNames[] = {"Done", "Waiting", "Retry", "Stalled",
                                                "Interrupted"};
  return kNames[outcome.index()];
}

std::string_view ActionName(Action action) {
  static constexpr std::string_view kNames[] = {"none",    "create", "update", "replace",
                                                "restart", "adopt",  "delete"};
  return kNames[static_cast<size_t>(action)];
}

std::string_view ImpactName(Impact impact) {
  static constexpr std::string_view kNames[] = {"none", "restart", "downtime", "data-loss"};
  return kNames[static_cast<size_t>(impact)];
}

}  // namespace mooring
