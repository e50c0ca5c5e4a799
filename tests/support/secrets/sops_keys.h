// SPDX-License-Identifier: Apache-2.0
// Keys of a test that files are encrypted for, and the real SOPS that does it. Made on the spot and
// removed at the end. Failures abort the test program. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {

/// The program; .ci/tools.sh builds it where it is not there yet.
std::string SopsProgram();

/// One key, of age or of GnuPG.
class SopsKeys {
 public:
  enum class Kind { kAge, kPgp };
  explicit SopsKeys(Kind kind = Kind::kAge);
  ~SopsKeys();

  /// secrets.sops.ageKeyFile
  std::string age_key_file() const { return dir_.File("age.txt"); }
  /// secrets.sops.pgpHome
  std::string pgp_home() const { return dir_.path(); }
  /// "age1...", or a fingerprint.
  const std::string& recipient() const { return recipient_; }

  /// `yaml` with the values below `data` encrypted.
  std::string Encrypt(const std::string& yaml) const;
  /// `encrypted` with another value at a place such as ["spec"]["data"]["key"]; `json` is the
  /// value.
  std::string Set(const std::string& encrypted, const std::string& place,
                  const std::string& json) const;

 private:
  std::string Run(const std::vector<std::string>& arguments, const std::string& input) const;

  const Kind kind_;
  TempDir dir_;
  std::string recipient_;
};

}  // namespace mooring
