// SPDX-License-Identifier: Apache-2.0
// The files on this host that say whose commits count: OpenSSH's allowed signers, a GnuPG keyring.
// Values and pure functions over the file system; thread-safe.
#pragma once

#include <string>

#include "controller/base/error.h"

namespace mooring {

struct TrustedSigners {
  std::string allowed_signers_file;  ///< of ssh-keygen; empty: no SSH signature counts
  std::string gpg_keyring_file;      ///< of gpgv; empty: no GPG signature counts
  bool operator==(const TrustedSigners&) const = default;

  bool empty() const { return allowed_signers_file.empty() && gpg_keyring_file.empty(); }
  /// What is seen of the files from outside: another one when one of them is written.
  std::string Fingerprint() const;
};

/// Each: the file is there, nobody but its owner may write it, and it holds at least one key in the
/// form that the program reads. FailedPrecondition with what is wrong and what to do.
Status CheckAllowedSigners(const std::string& path);
Status CheckKeyring(const std::string& path);

}  // namespace mooring
