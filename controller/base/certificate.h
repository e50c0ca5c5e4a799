// SPDX-License-Identifier: Apache-2.0
// Why a TLS certificate is not accepted, in words. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/clock.h"

namespace mooring {

/// What is wrong with a server's certificate (DER) for `host` at `now`: its time, its names, or
/// else that its issuer is not trusted; with what to do.
std::string CertificateProblem(std::string_view der, const std::string& host, Time now);

}  // namespace mooring
