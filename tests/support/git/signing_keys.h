// SPDX-License-Identifier: Apache-2.0
// Keys of a test that commits are signed with, made by ssh-keygen and gpg on the spot and removed
// at the end. Failures abort the test program. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {

class SshSigningKey {
 public:
  SshSigningKey();

  /// A line of allowed signers: `principal`, `options` ("namespaces=\"git\""), the key.
  std::string AllowedLine(const std::string& principal, const std::string& options = "") const;
  /// The armoured signature of `payload`.
  std::string Sign(const std::string& payload, const std::string& purpose = "git") const;

 private:
  TempDir dir_;
};

/// A GnuPG home with one key or more.
class GpgSigningKeys {
 public:
  GpgSigningKeys() = default;
  ~GpgSigningKeys();

  /// `user` is like "Ada Operator <ada@example.com>".
  void Add(const std::string& user) const;
  /// One that was made in 2020 and expired a day later.
  void AddExpired(const std::string& user) const;
  void Revoke(const std::string& user) const;
  /// The public keys, as gpgv reads them; of one user, or of all for "".
  std::string Export(const std::string& user = "", bool armoured = false) const;
  std::string Sign(const std::string& payload, const std::string& user) const;
  /// A message signed in itself, dressed up as a detached signature.
  std::string SignInline(const std::string& payload, const std::string& user) const;
  /// While the expired key had not yet.
  std::string SignIn2020(const std::string& payload, const std::string& user) const;

 private:
  std::string Gpg(std::vector<std::string> arguments, const std::string& input) const;
  TempDir dir_;
};

}  // namespace mooring
