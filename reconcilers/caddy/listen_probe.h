// SPDX-License-Identifier: Apache-2.0
// Whether an address can be listened on. Asked before Caddy is: when Caddy 2.6 to 2.10.0 fails to
// listen, it leaves its other new listeners open, and they go on serving the rejected
// configuration.
#pragma once

#include <string>

#include "controller/base/error.h"

namespace mooring::caddy {

/// Binds TCP, and UDP if `http3`, for a moment. `address` is as Caddy writes it: ":443",
/// "[::1]:8080". FailedPrecondition (reason PortConflict) when it is taken or not of this host.
/// What cannot be told (no permission, a unix socket, a host name) passes.
Status ProbeListen(const std::string& address, bool http3);

}  // namespace mooring::caddy
