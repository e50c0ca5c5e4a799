// SPDX-License-Identifier: Apache-2.0
// Where the daemon listens and what it takes, as its configuration says.
#pragma once

#include <vector>

#include "controller/cli/config.h"
#include "controller/web/http_server.h"

namespace mooring::cli {

/// The addresses of `http.listen`. The folder of a socket is made, for everybody to enter: the
/// socket's own mode says who may use it. InvalidArgument: one of them is none.
Result<std::vector<web::Listener>> ListenersOf(const Config& config);

web::Limits LimitsOf(const Config& config);

}  // namespace mooring::cli
