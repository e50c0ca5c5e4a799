// SPDX-License-Identifier: Apache-2.0
// The files of the repository that one resource uses. Immutable once shared; thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/resource/file_tree.h"

namespace mooring {

/// Which they are, and where their bytes can be read. No bytes are held.
struct RepositoryFiles {
  std::vector<FileTree::Entry> entries;          ///< sorted by path, each once
  std::string digest;                            ///< of all of them: paths, modes and contents
  std::shared_ptr<const FileContents> contents;  ///< null: they are never applied

  /// The file at `path`, or all that lies in the folder of that name; empty: there is neither.
  /// "./x" and "x" are the same.
  std::span<const FileTree::Entry> At(std::string_view path) const;
};

/// The same in any sorted list of entries.
std::span<const FileTree::Entry> EntriesAt(std::span<const FileTree::Entry> entries,
                                           std::string_view path);

/// "sha256:<hex>" of paths below `path` (empty for the file itself), modes, types and blobs: equal
/// for equal contents, wherever they lie.
std::string DigestOfEntries(std::span<const FileTree::Entry> entries, std::string_view path);

}  // namespace mooring
