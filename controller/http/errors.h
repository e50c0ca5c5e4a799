// SPDX-License-Identifier: Apache-2.0
// The one place that maps errors to HTTP. Pure.
#pragma once

#include "controller/base/error.h"
#include "controller/web/message.h"
#include "controller/web/problem.h"

namespace mooring::http {

const web::ProblemKind& KindOf(ErrorCode code);

/// The error as problem details, with Retry-After when the error says how long to wait.
web::Response ErrorResponse(const Error& error);

}  // namespace mooring::http
