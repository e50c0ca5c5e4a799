// SPDX-License-Identifier: Apache-2.0
// What Caddy is to resume with: the configuration that it saved, but reachable for Mooring. A pure
// function.
#pragma once

#include <string>

#include "controller/base/error.h"

namespace mooring::caddy {

/// `saved` with its admin API at `listen` ("unix//run/caddy/admin.sock") and open to whoever
/// reaches it; everything else as it is. Text that is right already comes back as it came. DataLoss
/// if it is no configuration.
Result<std::string> WithAdminAt(const std::string& saved, const std::string& listen);

}  // namespace mooring::caddy
