// SPDX-License-Identifier: Apache-2.0
// `mooring run`: everything put together and kept alive until a signal. Stop order: source and
// watchers, queue and workers (drained with a deadline), appliers, HTTP, store.
#pragma once

#include <stop_token>

#include "controller/base/error.h"
#include "controller/cli/config.h"

namespace mooring::cli {

/// Runs until `stop`. Fails when it cannot start: the store is taken, the key unreadable, an
/// address in use. Workloads keep running when it ends.
Status RunDaemon(const Config& config, std::stop_token stop);

}  // namespace mooring::cli
