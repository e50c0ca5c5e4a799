// SPDX-License-Identifier: Apache-2.0
// `mooring run`: everything put together and kept alive until a signal. Stop order: source and
// watchers, queue and workers (drained with a deadline), appliers, HTTP, store.
#pragma once

#include <stop_token>

#include "controller/base/error.h"
#include "controller/cli/config.h"
#include "controller/cli/reload_request.h"
#include "controller/cli/reloader.h"

namespace mooring::cli {

/// Runs until `stop`; each `reload` has it `read` the configuration again. Fails when it cannot
/// start: the store is taken, the key unreadable, an address in use. Workloads keep running when it
/// ends.
Status RunDaemon(const Config& config, const ReadConfig& read, ReloadRequest& reload,
                 std::stop_token stop);

}  // namespace mooring::cli
