// SPDX-License-Identifier: Apache-2.0
// TLS certificates: why one is not accepted, in words, and what one is good for. Pure and
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"

namespace mooring {

/// What is wrong with a server's certificate (DER) for `host` at `now`: its time, its names, or
/// else that its issuer is not trusted; with what to do.
std::string CertificateProblem(std::string_view der, const std::string& host, Time now);

/// Why a server cannot use a pair of PEM texts.
enum class PemFault {
  kNone,
  kNoCertificate,  ///< the first text begins with no certificate
  kNoKey,          ///< the second has no private key, or one with a passphrase
  kOtherKey,       ///< the key is not that of the first certificate
};
PemFault CheckPemPair(std::string_view certificate, std::string_view key);

/// Those of `hosts` (a name, or a wildcard for one label) that the first certificate of a PEM text
/// is not for; all of them when there is none.
std::vector<std::string> HostsNotCovered(std::string_view certificate,
                                         const std::vector<std::string>& hosts);

}  // namespace mooring
