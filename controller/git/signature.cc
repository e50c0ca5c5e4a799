// SPDX-License-Identifier: Apache-2.0
// The signatures of a Repository's commits, and which commits are new.
#include <algorithm>

#include "controller/git/handles.h"
#include "controller/git/repository.h"

namespace mooring::git {
namespace {

using ObjectDataPtr = std::unique_ptr<git_odb_object, Deleter<git_odb_object_free>>;
using WalkPtr = std::unique_ptr<git_revwalk, Deleter<git_revwalk_free>>;

/// The bytes of a commit as they are stored.
Result<std::string> ReadRaw(git_repository* repository, const git_oid& id,
                            const std::string& what) {
  OdbPtr odb;
  int code = git_repository_odb(OutPtr(odb), repository);
  ObjectDataPtr object;
  if (code == 0) code = git_odb_read(OutPtr(object), odb.get(), &id);
  if (code != 0) return std::unexpected(GitError(code, what));
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

/// How many headers of a commit begin with `name`; the message is not looked at.
size_t CountHeaders(std::string_view commit, std::string_view name) {
  size_t count = 0;
  while (!commit.empty() && commit.front() != '\n') {
    if (commit.starts_with(name)) ++count;
    const size_t end = commit.find('\n');
    commit.remove_prefix(end == std::string_view::npos ? commit.size() : end + 1);
  }
  return count;
}

/// Whether they have a commit in common. Unavailable: `base` is not here.
Result<bool> AreRelated(git_repository* repository, const git_oid& base, const git_oid& commit,
                        const std::string& what) {
  git_oid common = {};
  const int code = git_merge_base(&common, repository, &base, &commit);
  if (code == 0 || code == GIT_ENOTFOUND) return code == 0;
  return std::unexpected(GitError(code, what));
}

bool HasCommit(git_repository* repository, const git_oid& id) {
  CommitPtr commit;
  return git_commit_lookup(OutPtr(commit), repository, &id) == 0;
}

}  // namespace

Result<CommitSignature> Repository::ReadSignature(const std::string& id) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("read the signature of {} in {}", ShortId(id), path_);
  MOORING_TRY(git_oid oid, ParseId(id));
  git_repository* repository = impl_->repository.get();
  MOORING_TRY(const std::string raw, ReadRaw(repository, oid, what));
  const size_t signatures = CountHeaders(raw, "gpgsig ");
  if (signatures == 0) return CommitSignature{};
  // libgit2 reads to the first zero byte and takes the first signature; Git reads on and takes all.
  if (signatures > 1 || raw.find('\0') != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                signatures > 1 ? "has more than one signature" : "has a zero byte in it");
  }
  git_buf text = GIT_BUF_INIT;
  git_buf payload = GIT_BUF_INIT;
  const BufferPtr owns_text(&text);
  const BufferPtr owns_payload(&payload);
  const int code = git_commit_extract_signature(&text, &payload, repository, &oid, nullptr);
  if (code != 0) return std::unexpected(GitError(code, what));
  return CommitSignature{{text.ptr, text.size}, {payload.ptr, payload.size}};
}

Result<std::vector<std::string>> Repository::CommitsSince(const std::string& base,
                                                          const std::string& commit,
                                                          size_t max) const {
  const std::scoped_lock lock(impl_->mutex);
  git_repository* repository = impl_->repository.get();
  const std::string what =
      fmt::format("list the commits from {} to {} in {}", ShortId(base), ShortId(commit), path_);
  MOORING_TRY(const git_oid newer, ParseId(commit));
  const auto older = ParseId(base);
  if (!older || !HasCommit(repository, *older)) return std::vector{commit};
  MOORING_TRY(const bool related, AreRelated(repository, *older, newer, what));
  if (!related) return std::vector{commit};

  WalkPtr walk;
  int code = git_revwalk_new(OutPtr(walk), repository);
  if (code == 0) code = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL);
  if (code == 0) code = git_revwalk_push(walk.get(), &newer);
  if (code == 0) code = git_revwalk_hide(walk.get(), &*older);
  std::vector<std::string> commits;
  git_oid next = {};
  while (code == 0 && (code = git_revwalk_next(&next, walk.get())) == 0) {
    if (commits.size() == max) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: more than {}", what, max));
    }
    commits.push_back(IdText(next));
  }
  if (code != GIT_ITEROVER) return std::unexpected(GitError(code, what));
  std::ranges::reverse(commits);
  return commits;
}

}  // namespace mooring::git
