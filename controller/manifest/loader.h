// SPDX-License-Identifier: Apache-2.0
// Reads the YAML files of a tree into resources, and collects all that is wrong with them. Keeps
// what it made of each file, so that the next revision costs only the files that changed.
// Thread-safe: loads are serialised. The daemon owns one for its source; a preview of another tree
// has its own, since a load forgets the files that its tree does not have.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/base/error.h"
#include "controller/manifest/limits.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

struct LoadResult {
  std::vector<ResourcePtr> resources;  ///< the valid ones, by file and place
  Diagnostics diagnostics;             ///< sorted; not empty = the revision must not be applied
  size_t files = 0;                    ///< YAML files that were looked at
  std::set<ResourceKey> invalid;       ///< named by documents that have findings
  bool complete = true;                ///< false: a file could not be read to its end, so that
                                       ///< resources may be missing that nobody knows of
};

class Loader {
 public:
  explicit Loader(Limits limits = {}) : limits_(limits) {}

  /// Findings are in the result. Fails only when the tree itself cannot be read, with its error.
  Result<LoadResult> Load(const FileTree& tree);

 private:
  struct File {
    std::string blob_id;
    std::vector<ResourcePtr> resources;
    std::vector<ResourceKey> invalid;
    Diagnostics diagnostics;
    bool complete = true;
    uint64_t generation = 0;  ///< of the last load that had it
  };

  Result<File> LoadFile(const FileTree& tree, const FileTree::Entry& entry) const;
  static File ReadFile(const std::string& path, const std::string& text, const Limits& limits);

  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, File> files_;  ///< by path
  uint64_t generation_ = 0;
};

}  // namespace mooring::manifest
