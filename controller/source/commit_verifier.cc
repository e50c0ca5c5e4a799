// SPDX-License-Identifier: Apache-2.0
#include "controller/source/commit_verifier.h"

#include "controller/git/repository.h"
#include "controller/resource/reasons.h"
#include "controller/source/input_rules.h"

namespace mooring {
namespace {

/// Keys expire and become valid while nothing else changes.
constexpr Duration kRememberFor = std::chrono::hours(1);
constexpr size_t kMaxKnown = 4096;
constexpr size_t kMaxText = 100;

/// `commit 4b1c9e2 "shop 1.8.2" by Ada Operator`
std::string Describe(const git::Repository& repository, const std::string& id) {
  const auto commit = repository.ReadCommit(id);
  if (!commit) return "commit " + git::ShortId(id);
  return fmt::format("commit {} \"{}\" by {}", git::ShortId(id),
                     ForPeople(commit->subject, kMaxText), ForPeople(commit->author, kMaxText));
}

/// What somebody says of a commit, rather than that it could not be looked at.
bool IsVerdict(const Error& error) {
  return error.code() == ErrorCode::kPermissionDenied ||
         error.code() == ErrorCode::kInvalidArgument;
}

}  // namespace

Result<std::string> CommitVerifier::Verify(const Revision& revision, const Revision& in_force,
                                           const std::stop_token& stop) {
  ForgetWhatIsOld();
  MOORING_TRY(const auto repository, git::Repository::Open(options_.location));
  MOORING_TRY(const auto commits, CommitsOf(*repository, revision, in_force));
  std::string signer;
  for (const std::string& commit : commits) {
    MOORING_TRY(signer, Judge(*repository, commit, stop));
  }
  return signer;
}

/// The oldest first; the newest is always among them, also when nothing is new.
Result<std::vector<std::string>> CommitVerifier::CommitsOf(const git::Repository& repository,
                                                           const Revision& revision,
                                                           const Revision& in_force) const {
  std::vector<std::string> newest = {revision.commit};
  if (options_.mode == Mode::kHead || in_force.commit.empty()) return newest;
  auto commits = repository.CommitsSince(in_force.commit, revision.commit, options_.max_commits);
  if (!commits && commits.error().code() == ErrorCode::kInvalidArgument) {
    return std::unexpected(
        Error(
            ErrorCode::kFailedPrecondition,
            fmt::format("{} has more than {} commits that are not in {}, and no more are verified "
                        "at once (verify.mode: All); push fewer at a time, or have it start once "
                        "with verify.mode: Head",
                        revision.ToShortString(), options_.max_commits, in_force.ToShortString()))
            .WithReason(reason::kSignatureInvalid));
  }
  if (commits && commits->empty()) return newest;
  return commits;
}

Result<std::string> CommitVerifier::Judge(const git::Repository& repository,
                                          const std::string& commit, const std::stop_token& stop) {
  if (const auto known = known_.find(commit); known != known_.end()) return known->second;
  auto signature = repository.ReadSignature(commit);
  if (!signature && !IsVerdict(signature.error())) return std::unexpected(signature.error());
  auto signer = signature ? check_.Check(*signature, stop)
                          : Result<std::string>(std::unexpected(signature.error()));
  if (!signer && signer.error().code() == ErrorCode::kCancelled) return signer;
  const bool final = signer || IsVerdict(signer.error());
  if (!signer) {
    const bool unsigned_one = signature && signature->text.empty();
    const std::string what = Describe(repository, commit);
    const std::string hint =
        !unsigned_one ? ""
        : options_.mode == Mode::kHead
            ? "; sign it (git commit --amend -S) and push again, or push a signed commit on top"
            : "; every commit must be signed: do git rebase --exec 'git commit --amend --no-edit "
              "-S' and push again";
    signer = std::unexpected(
        Error(ErrorCode::kFailedPrecondition,
              final ? fmt::format("{} {}{}", what, signer.error().message(), hint)
                    : fmt::format("{} cannot be verified: {}", what, signer.error().ToString()))
            .WithReason(reason::kSignatureInvalid));
  }
  if (final) known_.insert_or_assign(commit, signer);
  return signer;
}

/// All of it at once: whoever changed the signers wants everything looked at again.
void CommitVerifier::ForgetWhatIsOld() {
  const std::string now = options_.trusted.Fingerprint();
  const bool old = clock_.Steady() - since_ >= kRememberFor;
  if (now == fingerprint_ && !old && known_.size() < kMaxKnown) return;
  known_.clear();
  fingerprint_ = now;
  since_ = clock_.Steady();
}

}  // namespace mooring
