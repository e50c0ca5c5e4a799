// SPDX-License-Identifier: Apache-2.0
#include "tests/support/git/temp_git_repo.h"

#include <fmt/format.h>
#include <git2.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "controller/base/deleter.h"

namespace mooring {
namespace {

using RepositoryPtr = std::unique_ptr<git_repository, Deleter<git_repository_free>>;
using IndexPtr = std::unique_ptr<git_index, Deleter<git_index_free>>;
using CommitPtr = std::unique_ptr<git_commit, Deleter<git_commit_free>>;
using TreePtr = std::unique_ptr<git_tree, Deleter<git_tree_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Deleter<git_reference_free>>;
using SignaturePtr = std::unique_ptr<git_signature, Deleter<git_signature_free>>;
using ObjectPtr = std::unique_ptr<git_object, Deleter<git_object_free>>;
using BufferPtr = std::unique_ptr<git_buf, Deleter<git_buf_dispose>>;
using OdbPtr = std::unique_ptr<git_odb, Deleter<git_odb_free>>;

constexpr git_time_t kFirstCommit = 1'772'373'720;  // 2026-03-01T14:02:00Z

/// Aborts unless the call of libgit2 succeeded.
void Check(int code) {
  if (code >= 0) return;
  const git_error* last = git_error_last();
  fmt::print(stderr, "TempGitRepo: {}\n", last != nullptr ? last->message : "libgit2 failed");
  std::abort();
}

RepositoryPtr Open(const std::string& path) {
  RepositoryPtr repository;
  Check(git_repository_open(OutPtr(repository), path.c_str()));
  return repository;
}

std::string IdText(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '\0');
  git_oid_fmt(text.data(), &id);
  return text;
}

git_oid ParseId(const std::string& text) {
  git_oid id = {};
  Check(git_oid_fromstr(&id, text.c_str()));
  return id;
}

SignaturePtr Author(int commit) {
  SignaturePtr author;
  Check(git_signature_new(OutPtr(author), "Ada Operator", "ada@example.com",
                          kFirstCommit + 60 * commit, 0));
  return author;
}

CommitPtr FindCommit(git_repository* repository, const std::string& id) {
  const git_oid oid = ParseId(id);
  CommitPtr commit;
  Check(git_commit_lookup(OutPtr(commit), repository, &oid));
  return commit;
}

/// The commit of a branch, null if it has none.
CommitPtr Tip(git_repository* repository, const std::string& branch) {
  git_oid id = {};
  if (git_reference_name_to_id(&id, repository, ("refs/heads/" + branch).c_str()) != 0) {
    return nullptr;
  }
  return FindCommit(repository, IdText(id));
}

}  // namespace

TempGitRepo::TempGitRepo(Kind kind, std::string branch) : kind_(kind), branch_(std::move(branch)) {
  path_ = dir_.File(kind == Kind::kBare ? "fleet.git" : "fleet");
  RepositoryPtr repository;
  Check(git_repository_init(OutPtr(repository), path_.c_str(), kind == Kind::kBare ? 1U : 0U));
  Switch(branch_);
}

void TempGitRepo::Stage(const std::string& file, unsigned mode, std::string_view content) {
  git_oid id = {};
  Check(git_blob_create_from_buffer(&id, Open(path_).get(), content.data(), content.size()));
  staged_[file] = {mode, IdText(id)};
}

void TempGitRepo::Write(const std::string& file, std::string_view content) {
  Stage(file, GIT_FILEMODE_BLOB, content);
  if (kind_ == Kind::kWorkTree) dir_.Write("fleet/" + file, content);
}

void TempGitRepo::WriteExecutable(const std::string& file, std::string_view content) {
  Write(file, content);
  staged_[file].mode = GIT_FILEMODE_BLOB_EXECUTABLE;
}

void TempGitRepo::Symlink(const std::string& file, const std::string& target) {
  Stage(file, GIT_FILEMODE_LINK, target);
  if (kind_ == Kind::kWorkTree) std::filesystem::create_symlink(target, path_ + "/" + file);
}

void TempGitRepo::Submodule(const std::string& folder, const std::string& commit) {
  staged_[folder] = {GIT_FILEMODE_COMMIT, commit};
}

void TempGitRepo::WriteHostileName(const std::string& name, std::string_view content) {
  git_oid id = {};
  Check(git_blob_create_from_buffer(&id, Open(path_).get(), content.data(), content.size()));
  hostile_[name] = IdText(id);
}

void TempGitRepo::Remove(const std::string& file) {
  staged_.erase(file);
  if (kind_ == Kind::kWorkTree) std::filesystem::remove(path_ + "/" + file);
}

std::string TempGitRepo::WriteTree() {
  const RepositoryPtr repository = Open(path_);
  IndexPtr index;
  Check(git_index_new(OutPtr(index)));
  for (const auto& [file, staged] : staged_) {
    git_index_entry entry = {};
    entry.path = file.c_str();
    entry.mode = staged.mode;
    entry.id = ParseId(staged.id);
    Check(git_index_add(index.get(), &entry));
  }
  git_oid id = {};
  Check(git_index_write_tree_to(&id, index.get(), repository.get()));
  if (hostile_.empty()) return IdText(id);

  // The bytes of a tree, for names that libgit2 does not write: "<mode> <name>\0<20 bytes of id>".
  OdbPtr odb;
  Check(git_repository_odb(OutPtr(odb), repository.get()));
  std::string bytes;
  for (const auto& [name, blob] : hostile_) {
    const git_oid oid = ParseId(blob);
    bytes += "100644 " + name + '\0';
    bytes.append(reinterpret_cast<const char*>(oid.id), GIT_OID_RAWSZ);
  }
  Check(git_odb_write(&id, odb.get(), bytes.data(), bytes.size(), GIT_OBJECT_TREE));
  hostile_.clear();
  return IdText(id);
}

std::string TempGitRepo::MakeCommit(const std::string& message, bool amend,
                                    const std::string& merged) {
  const std::string tree_id = WriteTree();
  const RepositoryPtr repository = Open(path_);
  const git_oid tree_oid = ParseId(tree_id);
  TreePtr tree;
  Check(git_tree_lookup(OutPtr(tree), repository.get(), &tree_oid));
  CommitPtr parent = Tip(repository.get(), branch_);
  if (amend && parent) {
    CommitPtr grandparent;
    if (git_commit_parentcount(parent.get()) > 0) {
      Check(git_commit_parent(OutPtr(grandparent), parent.get(), 0));
    }
    parent = std::move(grandparent);
  }
  const SignaturePtr author = Author(commits_++);
  const CommitPtr other = merged.empty() ? nullptr : Tip(repository.get(), merged);
  const git_commit* parents[] = {parent.get(), other.get()};
  const size_t count = other ? 2 : parent ? 1 : 0;
  git_oid id = {};
  if (sign_) {
    git_buf bytes = GIT_BUF_INIT;
    const BufferPtr owner(&bytes);
    Check(git_commit_create_buffer(&bytes, repository.get(), author.get(), author.get(), nullptr,
                                   message.c_str(), tree.get(), count, parents));
    const std::string signature = sign_(std::string(bytes.ptr, bytes.size));
    Check(git_commit_create_with_signature(&id, repository.get(), bytes.ptr, signature.c_str(),
                                           nullptr));
  } else {
    Check(git_commit_create(&id, repository.get(), nullptr, author.get(), author.get(), nullptr,
                            message.c_str(), tree.get(), count, parents));
  }
  SetBranch(branch_, IdText(id));
  if (kind_ == Kind::kWorkTree) {
    IndexPtr index;
    Check(git_repository_index(OutPtr(index), repository.get()));
    Check(git_index_read_tree(index.get(), tree.get()));
    Check(git_index_write(index.get()));
  }
  return IdText(id);
}

std::string TempGitRepo::Commit(const std::string& message) { return MakeCommit(message, false); }

std::string TempGitRepo::Amend(const std::string& message) { return MakeCommit(message, true); }

std::string TempGitRepo::Merge(const std::string& branch, const std::string& message) {
  return MakeCommit(message, false, branch);
}

std::string TempGitRepo::CommitBytes(const std::string& bytes) {
  OdbPtr odb;
  Check(git_repository_odb(OutPtr(odb), Open(path_).get()));
  git_oid id = {};
  Check(git_odb_write(&id, odb.get(), bytes.data(), bytes.size(), GIT_OBJECT_COMMIT));
  SetBranch(branch_, IdText(id));
  return IdText(id);
}

void TempGitRepo::SetBranch(const std::string& name, const std::string& commit) {
  const git_oid id = ParseId(commit);
  ReferencePtr reference;
  Check(git_reference_create(OutPtr(reference), Open(path_).get(), ("refs/heads/" + name).c_str(),
                             &id, 1, nullptr));
}

void TempGitRepo::DeleteBranch(const std::string& name) {
  Check(git_reference_remove(Open(path_).get(), ("refs/heads/" + name).c_str()));
}

void TempGitRepo::DeleteTag(const std::string& name) {
  Check(git_tag_delete(Open(path_).get(), name.c_str()));
}

void TempGitRepo::Tag(const std::string& name, const std::string& commit,
                      const std::string& message) {
  const RepositoryPtr repository = Open(path_);
  const git_oid id = ParseId(commit);
  ObjectPtr target;
  Check(git_object_lookup(OutPtr(target), repository.get(), &id, GIT_OBJECT_COMMIT));
  git_oid tag = {};
  if (message.empty()) {
    Check(git_tag_create_lightweight(&tag, repository.get(), name.c_str(), target.get(), 1));
  } else {
    Check(git_tag_create(&tag, repository.get(), name.c_str(), target.get(), Author(0).get(),
                         message.c_str(), 1));
  }
}

void TempGitRepo::Switch(const std::string& name) {
  branch_ = name;
  Check(git_repository_set_head(Open(path_).get(), ("refs/heads/" + name).c_str()));
}

void TempGitRepo::Detach(const std::string& commit) {
  const git_oid id = ParseId(commit);
  Check(git_repository_set_head_detached(Open(path_).get(), &id));
}

}  // namespace mooring
