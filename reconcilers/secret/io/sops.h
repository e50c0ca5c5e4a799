// SPDX-License-Identifier: Apache-2.0
// Opens files that SOPS encrypted, by its own program as a child: the encrypted text goes in by
// stdin, the clear one comes back over a pipe into memory. What it says on stderr is never shown,
// since it can quote a value; its exit code is put into words of our own.
// Source: SOPS v3.13, cmd/sops/codes. Thread-safe.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"
#include "controller/process/child.h"

namespace mooring::secret {

struct SopsOptions {
  std::string binary = "sops";  ///< a path, or a name in PATH
  std::string age_key_file;     ///< empty: what SOPS_AGE_KEY or SOPS_AGE_KEY_FILE of the daemon say
  std::string pgp_home;         ///< GNUPGHOME; empty: what the daemon's own says
  bool operator==(const SopsOptions&) const = default;
};

using RunChild =
    std::function<Result<process::Outcome>(const process::Command&, const std::stop_token&)>;

class Sops {
 public:
  explicit Sops(SopsOptions options, RunChild run = process::RunChild)
      : options_(std::move(options)), run_(std::move(run)) {}

  /// The whole text in clear. KeyMissing: no key of this host opens it, or there is no sops.
  /// DecryptFailed: it was changed outside of SOPS. `file` is only named in errors.
  Result<SecretString> Decrypt(const std::string& text, const std::string& file,
                               std::stop_token stop) const;

  /// "3.13.2", as the program says; FailedPrecondition when there is none.
  Result<std::string> Version(std::stop_token stop) const;

 private:
  std::vector<std::string> Environment() const;

  const SopsOptions options_;
  const RunChild run_;
};

/// Who could open an encrypted text, as its block says: "age1...", a PGP fingerprint, an ARN. Each
/// once, in order.
std::vector<std::string> RecipientsOf(const std::string& text);

}  // namespace mooring::secret
