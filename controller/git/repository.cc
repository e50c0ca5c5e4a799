// SPDX-License-Identifier: Apache-2.0
#include "controller/git/repository.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "controller/base/text.h"
#include "controller/git/handles.h"
#include "controller/git/location.h"

namespace mooring::git {
namespace {

constexpr size_t kShortId = 7;
constexpr size_t kMaxNamesShown = 10;
constexpr std::string_view kBranchPrefix = "refs/heads/";

using BranchIteratorPtr = std::unique_ptr<git_branch_iterator, Deleter<git_branch_iterator_free>>;
using NamesPtr = std::unique_ptr<git_strarray, Deleter<git_strarray_dispose>>;

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// "; it has: dev, main", or what else there is to say of no names at all.
std::string Offer(std::vector<std::string> names, std::string_view none) {
  if (names.empty()) return "; " + std::string(none);
  std::sort(names.begin(), names.end());
  const size_t more = names.size() - std::min(names.size(), kMaxNamesShown);
  names.resize(names.size() - more);
  return "; it has: " + Join(names, ", ") + (more != 0 ? fmt::format(" and {} more", more) : "");
}

std::vector<std::string> BranchNames(git_repository* repository) {
  std::vector<std::string> names;
  BranchIteratorPtr at;
  if (git_branch_iterator_new(OutPtr(at), repository, GIT_BRANCH_LOCAL) != 0) return names;
  while (true) {
    ReferencePtr branch;
    git_branch_t type = GIT_BRANCH_LOCAL;
    if (git_branch_next(OutPtr(branch), &type, at.get()) != 0) return names;
    names.emplace_back(git_reference_shorthand(branch.get()));
  }
}

std::vector<std::string> TagNames(git_repository* repository) {
  git_strarray list = {};
  if (git_tag_list(&list, repository) != 0) return {};
  const NamesPtr owner(&list);
  return {list.strings, list.strings + list.count};
}

/// The commit that the reference `name` ("refs/heads/main") leads to; nullopt: no such reference.
Result<std::optional<std::string>> PeelReference(git_repository* repository,
                                                 const std::string& name, const std::string& what) {
  ReferencePtr reference;
  int code = git_reference_lookup(OutPtr(reference), repository, name.c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::nullopt;
  if (code != 0) return std::unexpected(GitError(code, what));
  ObjectPtr commit;
  code = git_reference_peel(OutPtr(commit), reference.get(), GIT_OBJECT_COMMIT);
  if (code != 0) return std::unexpected(GitError(code, what));
  return IdText(*git_object_id(commit.get()));
}

/// The path of the repository around `folder`, "" when there is none.
std::string DiscoverPath(const std::string& folder) {
  git_buf found = GIT_BUF_INIT;
  const int code = git_repository_discover(&found, folder.c_str(), 0, nullptr);
  const BufferPtr owner(&found);
  return code == 0 ? std::string(found.ptr, found.size) : "";
}

Status CheckFolder(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return {};
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("open the Git repository {}: it is not a folder", path));
  }
  const int error = errno;
  return Fail(error == EACCES ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable,
              fmt::format("open the Git repository {}: {}; correct the path, or make it with: git "
                          "clone --bare <url> {}",
                          path, std::generic_category().message(error), path));
}

}  // namespace

std::string ShortId(std::string_view id) { return std::string(id.substr(0, kShortId)); }

std::string IdText(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '\0');
  git_oid_fmt(text.data(), &id);
  return text;
}

Result<git_oid> ParseId(const std::string& text) {
  git_oid id = {};
  if (text.size() == GIT_OID_HEXSZ && git_oid_fromstr(&id, text.c_str()) == 0) return id;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" is not the id of a Git object", text));
}

Error GitError(int code, std::string_view what) {
  const git_error* last = git_error_last();
  std::string text =
      fmt::format("{}: {}", what, last != nullptr ? last->message : "libgit2 failed");
  const int kind = last != nullptr ? last->klass : GIT_ERROR_NONE;
  git_error_clear();
  const bool about_object =
      kind == GIT_ERROR_ODB || kind == GIT_ERROR_ZLIB || kind == GIT_ERROR_OBJECT;
  const bool damaged = code == GIT_EMISMATCH || (about_object && code != GIT_ENOTFOUND);
  if (damaged) return {ErrorCode::kDataLoss, text + "; check it with: git fsck"};
  return {ErrorCode::kUnavailable, std::move(text)};
}

Repository::Repository(std::string path, std::unique_ptr<Impl> impl)
    : path_(std::move(path)), impl_(std::move(impl)) {
  const char* work_tree = git_repository_workdir(impl_->repository.get());
  if (work_tree != nullptr) work_tree_ = WithoutSlash(work_tree);
}

Repository::~Repository() = default;

Result<std::unique_ptr<Repository>> Repository::Open(std::string_view location) {
  MOORING_TRY(std::string path, PathOfLocation(location));
  path = WithoutSlash(std::move(path));
  MOORING_RETURN_IF_ERROR(CheckFolder(path));
  RepositoryPtr repository;
  const int code = git_repository_open_ext(OutPtr(repository), path.c_str(),
                                           GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == GIT_ENOTFOUND) {
    git_error_clear();
    const std::string around = DiscoverPath(path);
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("open the Git repository {}: it is not a repository; {}", path,
                            around.empty() ? "make it one with: git init"
                                           : fmt::format("it is a folder of {}: name that, and the "
                                                         "folder as the path in it",
                                                         around)));
  }
  if (code != 0) {
    return std::unexpected(GitError(code, fmt::format("open the Git repository {}", path)));
  }
  auto impl = std::make_unique<Impl>(std::move(repository));
  return std::unique_ptr<Repository>(new Repository(std::move(path), std::move(impl)));
}

Result<std::unique_ptr<Repository>> Repository::Discover(const std::string& folder) {
  const std::string found = DiscoverPath(folder);
  git_error_clear();
  if (found.empty()) return nullptr;
  return Open(found);
}

Result<std::string> Repository::ResolveBranch(const std::string& name) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("read branch {} of {}", name, path_);
  git_repository* repository = impl_->repository.get();
  MOORING_TRY(const auto commit, PeelReference(repository, "refs/heads/" + name, what));
  if (commit) return *commit;
  return Fail(ErrorCode::kNotFound,
              fmt::format("{}: no such branch{}", what,
                          Offer(BranchNames(repository), "it has no commit yet: push one")));
}

Result<std::string> Repository::ResolveTag(const std::string& name) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("read tag {} of {}", name, path_);
  git_repository* repository = impl_->repository.get();
  MOORING_TRY(const auto commit, PeelReference(repository, "refs/tags/" + name, what));
  if (commit) return *commit;
  return Fail(ErrorCode::kNotFound,
              fmt::format("{}: no such tag{}", what, Offer(TagNames(repository), "it has none")));
}

Result<std::string> Repository::Resolve(const std::string& name) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("find {} in {}", name, path_);
  git_repository* repository = impl_->repository.get();
  ObjectPtr object;
  int code = git_revparse_single(OutPtr(object), repository, name.c_str());
  if (code == GIT_EAMBIGUOUS) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: more than one object begins so; give more digits", what));
  }
  if (code == GIT_EINVALIDSPEC) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: not a name of a commit", what));
  }
  if (code == GIT_ENOTFOUND) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{}: no such branch, tag or commit{}", what,
                            Offer(BranchNames(repository), "it has no commit yet: push one")));
  }
  if (code != 0) return std::unexpected(GitError(code, what));
  ObjectPtr commit;
  code = git_object_peel(OutPtr(commit), object.get(), GIT_OBJECT_COMMIT);
  if (code == 0) return IdText(*git_object_id(commit.get()));
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: it is a {}, not a commit", what,
                          git_object_type2string(git_object_type(object.get()))));
}

Result<Head> Repository::ReadHead() const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = "read HEAD of " + path_;
  ReferencePtr head;
  const int code = git_reference_lookup(OutPtr(head), impl_->repository.get(), "HEAD");
  if (code != 0) return std::unexpected(GitError(code, what));
  if (git_reference_type(head.get()) == GIT_REFERENCE_DIRECT) {
    return Head{"", IdText(*git_reference_target(head.get()))};
  }
  const std::string target = git_reference_symbolic_target(head.get());
  MOORING_TRY(const auto commit, PeelReference(impl_->repository.get(), target, what));
  return Head{target.starts_with(kBranchPrefix) ? target.substr(kBranchPrefix.size()) : target,
              commit.value_or("")};
}

Result<Commit> Repository::ReadCommit(const std::string& id) const {
  const std::scoped_lock lock(impl_->mutex);
  MOORING_TRY(const git_oid oid, ParseId(id));
  CommitPtr commit;
  const int code = git_commit_lookup(OutPtr(commit), impl_->repository.get(), &oid);
  if (code != 0) {
    return std::unexpected(GitError(code, fmt::format("read commit {} of {}", ShortId(id), path_)));
  }
  const char* subject = git_commit_summary(commit.get());
  const git_signature* author = git_commit_author(commit.get());
  return Commit{id, subject != nullptr ? subject : "", author->name,
                Time(std::chrono::seconds(author->when.time))};
}

Result<bool> Repository::IsInHistory(const std::string& ancestor, const std::string& commit) const {
  const std::scoped_lock lock(impl_->mutex);
  MOORING_TRY(const git_oid older, ParseId(ancestor));
  MOORING_TRY(const git_oid newer, ParseId(commit));
  if (git_oid_equal(&older, &newer) != 0) return true;
  const int is = git_graph_descendant_of(impl_->repository.get(), &newer, &older);
  if (is >= 0) return is == 1;
  return std::unexpected(GitError(
      is, fmt::format("compare {} with {} in {}", ShortId(ancestor), ShortId(commit), path_)));
}

}  // namespace mooring::git
