// SPDX-License-Identifier: Apache-2.0
// The files of one revision of a source, below the folder that the source names. Immutable and
// thread-safe; held by shared_ptr<const Artifact> for as long as somebody reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "controller/resource/file_tree.h"
#include "controller/source/revision.h"

namespace mooring {

struct SourceLimits {
  size_t max_entries = 100'000;          ///< files and folders of a tree
  uint64_t max_file_size = 16ull << 20;  ///< bytes of a file that is read
};

class Artifact : public FileTree {
 public:
  /// What the files are of. For a working tree: what is checked out there, whatever was changed
  /// since.
  virtual const Revision& revision() const = 0;
  /// "commit main@4b1c9e2", "working tree on main@4b1c9e2".
  virtual std::string Describe() const = 0;
};

}  // namespace mooring
