// SPDX-License-Identifier: Apache-2.0
// What is known of files that volumes are filled from, once they were read. Remembered by blob for
// as long as some App uses it: an archive is unpacked once, not with every revision. Not
// thread-safe.
#pragma once

#include <map>
#include <string>

#include "controller/resource/file_tree.h"

namespace mooring::expand {

struct SeedContent {
  std::string sha256;   ///< in hex
  std::string trouble;  ///< why it cannot be unpacked; empty: it can, or is no archive
};

class SeedContents {
 public:
  /// Fails only when the tree cannot be read.
  Result<SeedContent> Look(const FileTree& tree, const FileTree::Entry& entry);
  /// Forgets what was not looked at since the last call.
  void ForgetOthers();

 private:
  std::map<std::string, SeedContent> known_;  ///< by blob and whether its name is an archive's
  std::map<std::string, SeedContent> used_;
};

}  // namespace mooring::expand
