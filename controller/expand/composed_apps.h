// SPDX-License-Identifier: Apache-2.0
// Gives each App with spec.compose the services of its Compose files, read from the same revision,
// in the place of that field. Remembers the last answer, so that an App whose spec and files did
// not change stays the same resource and costs no read. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "controller/manifest/loader.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

class ComposedApps {
 public:
  /// Replaces the Apps of `loaded`. One whose files have findings becomes invalid, and they go to
  /// its findings. Fails only when the tree cannot be read, with its error.
  Status Compose(const FileTree& tree, manifest::LoadResult& loaded);

  /// Another one that has made what this one has.
  std::unique_ptr<ComposedApps> Fork();

 private:
  struct Memo {
    ResourcePtr input;
    ResourcePtr output;  ///< null: `findings` say why
    Diagnostics findings;
    std::map<std::string, std::string> read;  ///< blob ids by path; empty: no such file
  };
  using Memory = std::unordered_map<const Resource*, Memo>;  ///< by input

  std::mutex mutex_;
  Memory memory_;
};

}  // namespace mooring::expand
