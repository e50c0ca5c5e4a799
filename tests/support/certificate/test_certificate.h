// SPDX-License-Identifier: Apache-2.0
// Certificates that a test makes for itself, with the openssl program. Failures abort the test
// program. Thread-safe.
#pragma once

#include <string>
#include <vector>

namespace mooring::test {

struct TestCertificate {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

/// One for `hosts` that is its own issuer.
TestCertificate MakeCertificate(const std::vector<std::string>& hosts);

/// A key in PEM with a passphrase.
std::string MakeLockedKey();

}  // namespace mooring::test
