// SPDX-License-Identifier: Apache-2.0
// Who signed a commit, by the programs that know: ssh-keygen for SSH keys, gpgv for GPG keys.
// Thread-safe.
#pragma once

#include <stop_token>
#include <string>

#include "controller/git/repository.h"
#include "controller/source/trusted_signers.h"
#include "controller/source/verifier_program.h"

namespace mooring {

class SignatureCheck {
 public:
  explicit SignatureCheck(TrustedSigners trusted,
                          const VerifierProgram::Run& run = process::RunChild);

  /// The signer as the host knows them: a principal of the allowed signers, the user id of a GPG
  /// key. FailedPrecondition, PermissionDenied: why it does not count, to be read after "commit
  /// 4b1c9e2" ("is not signed; ..."). Unavailable, Cancelled: it could not be looked at.
  Result<std::string> Check(const git::CommitSignature& signature,
                            const std::stop_token& stop) const;
  /// Whether files and programs are there and can be used: all that is wrong.
  std::vector<Error> Problems() const;

  const TrustedSigners& trusted() const { return trusted_; }

 private:
  Result<std::string> CheckSsh(const git::CommitSignature& signature,
                               const std::stop_token& stop) const;
  Result<std::string> CheckGpg(const git::CommitSignature& signature,
                               const std::stop_token& stop) const;
  /// Why a signature whose key no line of the file allows does not count.
  Result<std::string> ExplainUnknownKey(const std::string& file, const std::string& said,
                                        const std::string& payload,
                                        const std::stop_token& stop) const;

  const TrustedSigners trusted_;
  const VerifierProgram ssh_keygen_;
  const VerifierProgram gpgv_;
};

}  // namespace mooring
