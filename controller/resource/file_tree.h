// SPDX-License-Identifier: Apache-2.0
// The files of one revision, read-only: what a source gives and a manifest loader reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/error.h"

namespace mooring {

class FileContents;

/// Immutable; thread-safe.
class FileTree {
 public:
  enum class Type { kFile, kSymlink, kSubmodule };
  struct Entry {
    std::string path;     ///< relative to the source's path, '/' between parts
    std::string blob_id;  ///< Git blob id: equal ids mean equal bytes
    Type type = Type::kFile;
    uint64_t size = 0;        ///< bytes
    bool executable = false;  ///< Git's mode 100755
    bool operator==(const Entry&) const = default;
  };
  virtual ~FileTree() = default;
  /// All entries, sorted by path.
  virtual const std::vector<Entry>& entries() const = 0;
  /// The bytes of a file (of a symlink: its target text). Unavailable when the store is gone.
  virtual Result<std::string> Read(const Entry& entry) const = 0;
  /// Where the bytes of its files can be read later, when nobody has the tree itself any more.
  /// Null: nowhere, since nothing is ever applied from such a tree.
  virtual std::shared_ptr<const FileContents> contents() const { return nullptr; }
};

/// The bytes of files that some tree listed. Holds nothing open and no bytes. Thread-safe.
class FileContents {
 public:
  virtual ~FileContents() = default;
  /// As FileTree::Read: of the blob that `entry` names, whatever lies at its path by now.
  virtual Result<std::string> Read(const FileTree::Entry& entry) const = 0;
};

/// A tree held in memory: the body of a plan request, a test.
class MemoryFileTree final : public FileTree {
 public:
  /// Adds or replaces a file; not to be called once the tree is shared.
  void Put(std::string path, std::string content, Type type = Type::kFile);
  void Remove(const std::string& path);
  const std::vector<Entry>& entries() const override { return entries_; }
  Result<std::string> Read(const Entry& entry) const override;
  /// A copy of what is in it now.
  std::shared_ptr<const FileContents> contents() const override;

 private:
  std::vector<Entry> entries_;
  std::vector<std::string> contents_;
};

}  // namespace mooring
