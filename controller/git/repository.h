// SPDX-License-Identifier: Apache-2.0
// A Git repository on this machine, read-only: with a work tree or bare. Thread-safe (one call at a
// time). REQUIRES: a git::Library. A repository that cannot be read now is Unavailable, damaged
// objects are DataLoss; ids are 40 lower-case hex digits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring::git {

struct Commit {
  std::string id;
  std::string subject;  ///< the first paragraph of the message, on one line
  std::string author;
  Time author_time;
};

/// What a commit is signed with, and what was signed: all of the commit but the signature.
struct CommitSignature {
  std::string text;  ///< armoured, as it stands in the commit; empty: there is none
  std::string payload;
};

inline constexpr uint32_t kModeExecutable = 0100755;
inline constexpr uint32_t kModeSymlink = 0120000;
inline constexpr uint32_t kModeSubmodule = 0160000;

struct TreeEntry {
  std::string path;   ///< relative to the listed folder, '/' between parts; the bytes as they are
  std::string id;     ///< of the blob; of a submodule: its commit
  uint32_t mode = 0;  ///< 0100644, 0100755, kModeSymlink or kModeSubmodule
};

struct Head {
  std::string branch;  ///< "main"; empty when detached
  std::string commit;  ///< empty when the branch has no commit yet
};

class Repository {
 public:
  /// Opens the repository at a path or `file://` URL: its work tree's root, its .git, or a bare
  /// one.
  static Result<std::unique_ptr<Repository>> Open(std::string_view location);
  /// Opens the repository whose work tree holds `folder`; nullptr when there is none.
  static Result<std::unique_ptr<Repository>> Discover(const std::string& folder);
  ~Repository();
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  const std::string& path() const { return path_; }
  /// The root of the work tree, without a slash at its end; empty for a bare repository.
  const std::string& work_tree() const { return work_tree_; }

  /// The commit that a branch, a tag, or any name Git understands ("HEAD~2", "4b1c9e2") stands for.
  /// NotFound names what there is instead.
  Result<std::string> ResolveBranch(const std::string& name) const;
  Result<std::string> ResolveTag(const std::string& name) const;
  Result<std::string> Resolve(const std::string& name) const;
  Result<Head> ReadHead() const;
  Result<Commit> ReadCommit(const std::string& id) const;
  /// Whether `ancestor` is `commit` or part of its history. Unavailable: one of them is not here.
  Result<bool> IsInHistory(const std::string& ancestor, const std::string& commit) const;
  /// InvalidArgument: a commit that is written so that it is left open what was signed.
  Result<CommitSignature> ReadSignature(const std::string& id) const;
  /// What the history of `commit` has and that of `base` has not, the oldest first, all sides of a
  /// merge, at most `max` of them; `commit` alone when `base` is not here or has no commit in
  /// common with it. InvalidArgument: there are more.
  Result<std::vector<std::string>> CommitsSince(const std::string& base, const std::string& commit,
                                                size_t max) const;

  /// Everything but folders below `folder` ("" for all) of a commit, sorted by path. NotFound: the
  /// commit has no such folder. InvalidArgument: more than `max_entries`, or names that no file can
  /// have.
  Result<std::vector<TreeEntry>> ListTree(const std::string& commit, const std::string& folder,
                                          size_t max_entries) const;
  /// Its size in bytes, without reading it.
  Result<uint64_t> BlobSize(const std::string& id) const;
  Result<std::string> ReadBlob(const std::string& id) const;

  /// Whether Git leaves out a file or folder of the work tree: ignored and with nothing tracked in
  /// it. `path` is relative to the work tree.
  Result<bool> IsIgnored(const std::string& path, bool is_folder) const;

 private:
  class Impl;
  Repository(std::string path, std::unique_ptr<Impl> impl);
  std::string path_;
  std::string work_tree_;
  std::unique_ptr<Impl> impl_;
};

/// "4b1c9e2": the form of an id for people.
std::string ShortId(std::string_view id);

}  // namespace mooring::git
