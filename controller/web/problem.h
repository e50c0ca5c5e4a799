// SPDX-License-Identifier: Apache-2.0
// Errors as RFC 9457 problem details. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "controller/web/message.h"

namespace mooring::web {

/// A kind of problem. The reason is API: scripts match it, so a word keeps its meaning for ever.
struct ProblemKind {
  int status;
  std::string_view reason;
};

namespace problem {
inline constexpr ProblemKind kInvalidArgument{400, "InvalidArgument"};
inline constexpr ProblemKind kUnauthenticated{401, "Unauthenticated"};
inline constexpr ProblemKind kPermissionDenied{403, "PermissionDenied"};
inline constexpr ProblemKind kRoleRequired{403, "RoleRequired"};
inline constexpr ProblemKind kNotFound{404, "NotFound"};
inline constexpr ProblemKind kNoSuchPath{404, "NoSuchPath"};
inline constexpr ProblemKind kMethodNotAllowed{405, "MethodNotAllowed"};
inline constexpr ProblemKind kFailedPrecondition{409, "FailedPrecondition"};
inline constexpr ProblemKind kAborted{409, "Aborted"};
inline constexpr ProblemKind kBodyTooLarge{413, "BodyTooLarge"};
inline constexpr ProblemKind kTargetTooLong{414, "TargetTooLong"};
inline constexpr ProblemKind kUnsupportedMediaType{415, "UnsupportedMediaType"};
inline constexpr ProblemKind kRateLimited{429, "RateLimited"};
inline constexpr ProblemKind kHeadersTooLarge{431, "HeadersTooLarge"};
inline constexpr ProblemKind kInternal{500, "Internal"};
inline constexpr ProblemKind kDataLoss{500, "DataLoss"};
inline constexpr ProblemKind kUnavailable{503, "Unavailable"};
inline constexpr ProblemKind kBusy{503, "Busy"};
inline constexpr ProblemKind kShuttingDown{503, "ShuttingDown"};
inline constexpr ProblemKind kDeadlineExceeded{504, "DeadlineExceeded"};

inline constexpr std::array kAll{kInvalidArgument,  kUnauthenticated,    kPermissionDenied,
                                 kRoleRequired,     kNotFound,           kNoSuchPath,
                                 kMethodNotAllowed, kFailedPrecondition, kAborted,
                                 kBodyTooLarge,     kTargetTooLong,      kUnsupportedMediaType,
                                 kRateLimited,      kHeadersTooLarge,    kInternal,
                                 kDataLoss,         kUnavailable,        kBusy,
                                 kShuttingDown,     kDeadlineExceeded};
}  // namespace problem

/// "Not Found"; the phrase of RFC 9110, "Error" for a status that has none here.
std::string_view StatusPhrase(int status);

/// An application/problem+json answer: type, title, status, detail, reason.
Response Problem(const ProblemKind& kind, std::string_view detail);

}  // namespace mooring::web
