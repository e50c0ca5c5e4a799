// SPDX-License-Identifier: Apache-2.0
// Gives each App the files of the repository that its spec names: which they are, not what is in
// them. Remembers the last answer, so that an App whose spec and files did not change stays the
// same resource and costs no read. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/expand/seed_contents.h"
#include "controller/manifest/loader.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// How much of a repository one App may use; more is a finding.
struct FileLimits {
  uint64_t file_bytes = 16 << 20;
  uint64_t all_bytes = 512 << 20;
  size_t files = 10'000;
};

class RepositoryUses {
 public:
  explicit RepositoryUses(FileLimits limits = {}) : limits_(limits) {}

  /// Puts `files` into the Apps of `loaded` that use any, and what is wrong with them into its
  /// findings. Fails only when the tree cannot be read, with its error.
  Status Find(const FileTree& tree, manifest::LoadResult& loaded);

  /// Another one that has found what this one has.
  std::unique_ptr<RepositoryUses> Fork();

 private:
  struct Memo {
    ResourcePtr input;
    ResourcePtr output;
  };
  using Memory = std::unordered_map<const Resource*, Memo>;  ///< by input

  const FileLimits limits_;
  std::mutex mutex_;
  Memory memory_;
  SeedContents seeds_;
};

}  // namespace mooring::expand
