// SPDX-License-Identifier: Apache-2.0
// Whether the commits of a revision are signed by those whom this host trusts, read from the
// objects that are on this machine. What was found of a commit is remembered for a while, so that
// asking again starts no process. Used by one thread. REQUIRES: a git::Library.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/source/revision_verifier.h"
#include "controller/source/signature_check.h"

namespace mooring {

class CommitVerifier final : public RevisionVerifier {
 public:
  enum class Mode {
    kHead,  ///< the newest commit
    kAll,   ///< and every other one that is not in the history of what is in force
  };
  struct Options {
    std::string location;  ///< the repository on this machine: a path or a file:// URL
    Mode mode = Mode::kHead;
    TrustedSigners trusted;
    /// Of one look; more is an error, so that no push can keep the daemon busy.
    size_t max_commits = 500;
    VerifierProgram::Run run = process::RunChild;
  };
  CommitVerifier(Options options, const Clock& clock)
      : options_(std::move(options)), check_(options_.trusted, options_.run), clock_(clock) {}

  Result<std::string> Verify(const Revision& revision, const Revision& in_force,
                             const std::stop_token& stop) override;

 private:
  Result<std::vector<std::string>> CommitsOf(const git::Repository& repository,
                                             const Revision& revision,
                                             const Revision& in_force) const;
  Result<std::string> Judge(const git::Repository& repository, const std::string& commit,
                            const std::stop_token& stop);
  void ForgetWhatIsOld();

  const Options options_;
  const SignatureCheck check_;
  const Clock& clock_;
  std::map<std::string, Result<std::string>> known_;  ///< by commit
  std::string fingerprint_;                           ///< of the signers, when known_ began
  SteadyTime since_;                                  ///< when known_ began
};

}  // namespace mooring
