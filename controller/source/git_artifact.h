// SPDX-License-Identifier: Apache-2.0
// The files of a commit, read from the repository when they are asked for. Immutable, thread-safe.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/source/artifact.h"

namespace mooring {

namespace git {
class Repository;
}

class GitArtifact final : public Artifact {
 public:
  /// Lists `folder` (normalized) of the revision's commit but for what `ignore` (lines of a
  /// .gitignore that lies in it) leaves out. `known`, if not null, spares asking for
  /// the sizes of blobs that it has at the same path.
  static Result<std::shared_ptr<const Artifact>> Load(
      std::shared_ptr<const git::Repository> repository, Revision revision,
      const std::string& folder, const std::vector<std::string>& ignore, const SourceLimits& limits,
      const FileTree* known, const std::stop_token& stop);

  const std::vector<Entry>& entries() const override { return entries_; }
  Result<std::string> Read(const Entry& entry) const override;
  std::shared_ptr<const FileContents> contents() const override { return contents_; }
  const Revision& revision() const override { return revision_; }
  std::string Describe() const override { return "commit " + revision_.ToShortString(); }

 private:
  GitArtifact(std::shared_ptr<const git::Repository> repository, Revision revision,
              uint64_t max_file_size);

  const std::shared_ptr<const git::Repository> repository_;
  const Revision revision_;
  const uint64_t max_file_size_;
  const std::shared_ptr<const FileContents> contents_;
  std::vector<Entry> entries_;
};

}  // namespace mooring
