// SPDX-License-Identifier: Apache-2.0
// Owners of libgit2's handles and its errors as ours; for the .cc files of this folder alone.
#pragma once

#include <git2.h>

#include <memory>
#include <mutex>
#include <string>

#include "controller/base/deleter.h"
#include "controller/base/error.h"
#include "controller/git/repository.h"

namespace mooring::git {

using RepositoryPtr = std::unique_ptr<git_repository, Deleter<git_repository_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Deleter<git_reference_free>>;
using ObjectPtr = std::unique_ptr<git_object, Deleter<git_object_free>>;
using CommitPtr = std::unique_ptr<git_commit, Deleter<git_commit_free>>;
using TreePtr = std::unique_ptr<git_tree, Deleter<git_tree_free>>;
using TreeEntryPtr = std::unique_ptr<git_tree_entry, Deleter<git_tree_entry_free>>;
using BlobPtr = std::unique_ptr<git_blob, Deleter<git_blob_free>>;
using BufferPtr = std::unique_ptr<git_buf, Deleter<git_buf_dispose>>;
using OdbPtr = std::unique_ptr<git_odb, Deleter<git_odb_free>>;
using IndexPtr = std::unique_ptr<git_index, Deleter<git_index_free>>;

class Repository::Impl {
 public:
  explicit Impl(RepositoryPtr handle) : repository(std::move(handle)) {}

  std::mutex mutex;  ///< held by every call: libgit2's handles are for one thread at a time
  RepositoryPtr repository;
  OdbPtr odb;      ///< opened when first needed
  IndexPtr index;  ///< opened when first needed
};

/// The last failure of libgit2 on this thread; `code` is what the failed call returned.
Error GitError(int code, std::string_view what);
std::string IdText(const git_oid& id);
/// InvalidArgument unless `text` is 40 hex digits.
Result<git_oid> ParseId(const std::string& text);

}  // namespace mooring::git
