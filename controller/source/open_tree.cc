// SPDX-License-Identifier: Apache-2.0
#include "controller/source/open_tree.h"

#include <filesystem>
#include <system_error>

#include "controller/git/repository.h"
#include "controller/source/checkout.h"
#include "controller/source/git_artifact.h"
#include "controller/source/working_tree.h"

namespace mooring {
namespace {

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

/// The revision that `ref` names, with the branch or tag when it is one.
Result<Revision> ResolveRef(const git::Repository& repository, const std::string& ref) {
  if (auto commit = repository.ResolveBranch(ref)) return Revision{ref, *std::move(commit)};
  if (auto commit = repository.ResolveTag(ref)) return Revision{ref, *std::move(commit)};
  MOORING_TRY(std::string commit, repository.Resolve(ref));
  if (ref != "HEAD") return Revision{"", std::move(commit)};
  MOORING_TRY(git::Head head, repository.ReadHead());
  return Revision{std::move(head.branch), std::move(commit)};
}

Result<std::shared_ptr<const Artifact>> OpenCommit(const std::string& folder,
                                                   const std::string& ref,
                                                   const SourceLimits& limits,
                                                   const std::stop_token& stop) {
  MOORING_TRY(const Checkout checkout, LocateFolder(folder));
  if (!checkout.repository) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("read {} at {}: the folder is in no Git repository; leave out @{} to "
                            "read its files as they are",
                            folder, ref, ref));
  }
  MOORING_TRY(Revision revision, ResolveRef(*checkout.repository, ref));
  return GitArtifact::Load(checkout.repository, std::move(revision), checkout.path, {}, limits,
                           nullptr, stop);
}

}  // namespace

Result<std::shared_ptr<const Artifact>> OpenTree(const std::string& argument,
                                                 const SourceLimits& limits,
                                                 const std::stop_token& stop) {
  if (IsFolder(argument)) return WorkingTree::Load(argument, limits);
  // A folder may have an @ in its name, and so may a ref ("main@{1}"): the first @ that stands
  // after a folder parts them.
  for (size_t at = argument.find('@'); at != std::string::npos; at = argument.find('@', at + 1)) {
    const std::string folder = argument.substr(0, at);
    const std::string ref = argument.substr(at + 1);
    if (!ref.empty() && IsFolder(folder)) return OpenCommit(folder, ref, limits, stop);
  }
  if (std::error_code ignored; std::filesystem::exists(argument, ignored)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("open {}: this is a file; name the folder that it lies in", argument));
  }
  return Fail(
      ErrorCode::kNotFound,
      fmt::format("open {}: no such folder; write PATH, or PATH@REF for a commit", argument));
}

}  // namespace mooring
