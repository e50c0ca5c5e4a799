// SPDX-License-Identifier: Apache-2.0
// The files of a folder as they lie there, committed or not: for `mooring plan` and `mooring
// validate`. What Git ignores is left out, and so is every .git; symlinks are listed, never
// followed. Immutable: bytes that are not those seen at first are an error. Thread-safe. REQUIRES:
// a git::Library.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/source/artifact.h"

namespace mooring {

class WorkingTree final : public Artifact {
 public:
  static Result<std::shared_ptr<const Artifact>> Load(const std::string& folder,
                                                      const SourceLimits& limits);

  const std::vector<Entry>& entries() const override { return entries_; }
  /// Aborted: the file changed meanwhile.
  Result<std::string> Read(const Entry& entry) const override;
  /// What is checked out; its commit is empty outside a repository.
  const Revision& revision() const override { return revision_; }
  std::string Describe() const override { return description_; }

 private:
  WorkingTree(std::string folder, uint64_t max_file_size);

  const std::string folder_;
  const uint64_t max_file_size_;
  Revision revision_;
  std::string description_;
  std::vector<Entry> entries_;
};

}  // namespace mooring
