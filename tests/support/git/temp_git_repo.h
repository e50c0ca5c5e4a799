// SPDX-License-Identifier: Apache-2.0
// A Git repository of a test, made through libgit2 and removed at the end. Commits are the same in
// every run: their times start at 2026-03-01T14:02:00Z, a minute apart. Failures abort the test
// program. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "controller/git/library.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {

class TempGitRepo {
 public:
  enum class Kind { kWorkTree, kBare };
  /// Begins with no commit, on `branch`.
  explicit TempGitRepo(Kind kind = Kind::kWorkTree, std::string branch = "main");

  const std::string& path() const { return path_; }
  std::string url() const { return "file://" + path_; }
  const std::string& branch() const { return branch_; }

  /// Changes what the next commit holds, and the work tree if there is one.
  void Write(const std::string& file, std::string_view content);
  void WriteExecutable(const std::string& file, std::string_view content);
  void Symlink(const std::string& file, const std::string& target);
  void Submodule(const std::string& folder, const std::string& commit);
  /// Adds an entry whose name Git itself would refuse, to the top folder of the next commit only.
  void WriteHostileName(const std::string& name, std::string_view content);
  void Remove(const std::string& file);

  /// Commits everything onto the current branch; returns the commit's id.
  std::string Commit(const std::string& message);
  /// Replaces the newest commit of the current branch, as a forced push does.
  std::string Amend(const std::string& message);
  /// Commits a merge of another branch into the current one, with what is there now.
  std::string Merge(const std::string& branch, const std::string& message);
  /// Puts a commit object with these bytes onto the current branch, well made or not.
  std::string CommitBytes(const std::string& bytes);
  /// Lets later commits carry what `sign` makes of their bytes; null: no signature.
  using Sign = std::function<std::string(const std::string& payload)>;
  void SignWith(Sign sign) { sign_ = std::move(sign); }
  /// Makes a branch, or moves it, without switching to it.
  void SetBranch(const std::string& name, const std::string& commit);
  void DeleteBranch(const std::string& name);
  /// An annotated tag with a message, a plain one without.
  void Tag(const std::string& name, const std::string& commit, const std::string& message = "");
  void DeleteTag(const std::string& name);
  /// Lets later commits go onto `name`, which need not exist; files stay as they are.
  void Switch(const std::string& name);
  /// Lets HEAD stand on a commit instead of a branch.
  void Detach(const std::string& commit);

 private:
  struct Staged {
    unsigned mode = 0;
    std::string id;
  };
  void Stage(const std::string& file, unsigned mode, std::string_view content);
  std::string WriteTree();
  std::string MakeCommit(const std::string& message, bool amend, const std::string& merged = "");

  git::Library library_;
  TempDir dir_;
  const Kind kind_;
  std::string branch_;
  std::string path_;
  std::map<std::string, Staged> staged_;
  std::map<std::string, std::string> hostile_;  ///< name -> blob id
  int commits_ = 0;
  Sign sign_;
};

}  // namespace mooring
