// SPDX-License-Identifier: Apache-2.0
// What a Site takes from Secrets, checked, in Caddy's words. Fails with Unavailable (reason
// DependencyNotReady) while a value is not known, and with FailedPrecondition (InvalidSpec) when it
// is not what the place needs; errors name Secret and key and never hold a value. Pure and
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/reconcile/secret_values.h"

namespace mooring::caddy {

/// The handler that lets only `accounts` (routes[].basicAuth) pass. References mean Secrets of `ns`
/// where they say nothing else.
Result<Json> BasicAuthHandler(const Json& accounts, const std::string& ns,
                              const SecretValues& values);

/// {"certificate", "key"} of tls.files: a pair, for all of `hosts`.
Result<Json> CertificateFiles(const Json& files, const std::string& ns,
                              const std::vector<std::string>& hosts, const SecretValues& values);

}  // namespace mooring::caddy
