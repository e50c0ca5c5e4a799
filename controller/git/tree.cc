// SPDX-License-Identifier: Apache-2.0
// The trees and blobs of a Repository.
#include <string_view>

#include "controller/git/handles.h"
#include "controller/git/repository.h"

namespace mooring::git {
namespace {

constexpr size_t kMaxDepth = 64;

/// Lists a tree without recursion, so that no repository can exhaust the stack.
class TreeWalk {
 public:
  TreeWalk(git_repository* repository, size_t max_entries, std::string what)
      : repository_(repository), max_entries_(max_entries), what_(std::move(what)) {}

  Result<std::vector<TreeEntry>> List(const git_oid& root) {
    MOORING_RETURN_IF_ERROR(Enter(root, ""));
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == git_tree_entrycount(level.tree.get())) {
        levels_.pop_back();
        continue;
      }
      MOORING_RETURN_IF_ERROR(Visit(git_tree_entry_byindex(level.tree.get(), level.next++)));
    }
    return Sorted();
  }

 private:
  struct Level {
    TreePtr tree;
    std::string prefix;
    size_t next = 0;
  };

  Status Enter(const git_oid& id, std::string prefix) {
    if (levels_.size() == kMaxDepth) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("{}: its folders lie in each other more than {} deep", what_, kMaxDepth));
    }
    TreePtr tree;
    const int code = git_tree_lookup(OutPtr(tree), repository_, &id);
    if (code != 0) return std::unexpected(GitError(code, what_));
    levels_.push_back({std::move(tree), std::move(prefix)});
    return {};
  }

  Status Visit(const git_tree_entry* entry) {
    // Folders count too: a few trees that hold each other many times over list as millions.
    if (++visited_ > max_entries_) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: more than {} files and folders", what_, max_entries_));
    }
    std::string path = levels_.back().prefix + git_tree_entry_name(entry);
    const git_oid* id = git_tree_entry_id(entry);
    if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) return Enter(*id, path + "/");
    const uint32_t mode = git_tree_entry_filemode(entry);
    entries_.push_back({std::move(path), IdText(*id), mode});
    return {};
  }

  /// Git sorts by path already; only a tree made by hand does not.
  Result<std::vector<TreeEntry>> Sorted() {
    const auto by_path = [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; };
    if (!std::is_sorted(entries_.begin(), entries_.end(), by_path)) {
      std::sort(entries_.begin(), entries_.end(), by_path);
    }
    const auto twice =
        std::adjacent_find(entries_.begin(), entries_.end(),
                           [](const TreeEntry& a, const TreeEntry& b) { return a.path == b.path; });
    if (twice == entries_.end()) return std::move(entries_);
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: it holds a file twice; check it with: git fsck", what_));
  }

  git_repository* const repository_;
  const size_t max_entries_;
  const std::string what_;
  size_t visited_ = 0;
  std::vector<Level> levels_;
  std::vector<TreeEntry> entries_;
};

/// The tree of `folder` in `root`.
Result<git_oid> FindFolder(const git_tree* root, const std::string& folder,
                           const std::string& what) {
  if (folder.empty()) return *git_tree_id(root);
  TreeEntryPtr entry;
  const int code = git_tree_entry_bypath(OutPtr(entry), root, folder.c_str());
  if (code == GIT_ENOTFOUND) {
    git_error_clear();
    return Fail(ErrorCode::kNotFound, fmt::format("{}: no such folder", what));
  }
  if (code != 0) return std::unexpected(GitError(code, what));
  if (git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: it is not a folder", what));
  }
  return *git_tree_entry_id(entry.get());
}

Status OpenOdb(git_repository* repository, OdbPtr& odb, const std::string& what) {
  if (odb) return {};
  const int code = git_repository_odb(OutPtr(odb), repository);
  if (code != 0) return std::unexpected(GitError(code, what));
  return {};
}

}  // namespace

Result<std::vector<TreeEntry>> Repository::ListTree(const std::string& commit,
                                                    const std::string& folder,
                                                    size_t max_entries) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what =
      fmt::format("list {} of commit {} in {}", folder.empty() ? "the files" : folder + "/",
                  ShortId(commit), path_);
  MOORING_TRY(const git_oid id, ParseId(commit));
  CommitPtr handle;
  int code = git_commit_lookup(OutPtr(handle), impl_->repository.get(), &id);
  if (code != 0) return std::unexpected(GitError(code, what));
  TreePtr root;
  code = git_commit_tree(OutPtr(root), handle.get());
  if (code != 0) return std::unexpected(GitError(code, what));
  MOORING_TRY(const git_oid tree, FindFolder(root.get(), folder, what));
  return TreeWalk(impl_->repository.get(), max_entries, what).List(tree);
}

Result<uint64_t> Repository::BlobSize(const std::string& id) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("read the size of blob {} in {}", ShortId(id), path_);
  MOORING_TRY(const git_oid oid, ParseId(id));
  MOORING_RETURN_IF_ERROR(OpenOdb(impl_->repository.get(), impl_->odb, what));
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int code = git_odb_read_header(&size, &type, impl_->odb.get(), &oid);
  if (code != 0) return std::unexpected(GitError(code, what));
  return size;
}

Result<std::string> Repository::ReadBlob(const std::string& id) const {
  const std::scoped_lock lock(impl_->mutex);
  MOORING_TRY(const git_oid oid, ParseId(id));
  BlobPtr blob;
  const int code = git_blob_lookup(OutPtr(blob), impl_->repository.get(), &oid);
  if (code != 0) {
    return std::unexpected(GitError(code, fmt::format("read blob {} in {}", ShortId(id), path_)));
  }
  const auto* bytes = static_cast<const char*>(git_blob_rawcontent(blob.get()));
  return std::string(bytes, static_cast<size_t>(git_blob_rawsize(blob.get())));
}

Result<bool> Repository::IsIgnored(const std::string& path, bool is_folder) const {
  const std::scoped_lock lock(impl_->mutex);
  const std::string what = fmt::format("see whether {} is ignored in {}", path, path_);
  int ignored = 0;
  const std::string asked = is_folder ? path + "/" : path;
  int code = git_ignore_path_is_ignored(&ignored, impl_->repository.get(), asked.c_str());
  if (code != 0) return std::unexpected(GitError(code, what));
  if (ignored == 0) return false;
  if (!impl_->index) {
    code = git_repository_index(OutPtr(impl_->index), impl_->repository.get());
    if (code != 0) return std::unexpected(GitError(code, what));
  }
  if (!is_folder) return git_index_get_bypath(impl_->index.get(), path.c_str(), 0) == nullptr;
  return git_index_find_prefix(nullptr, impl_->index.get(), asked.c_str()) != 0;
}

}  // namespace mooring::git
