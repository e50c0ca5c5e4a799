// SPDX-License-Identifier: Apache-2.0
// Reads below one folder of the file system without ever following a symlink, so that a tree of one
// user read by another (root) cannot lead out of itself. Thread-safe.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/error.h"

namespace mooring {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Opens the folder at the top; this path alone may be a symlink.
Result<FileDescriptor> OpenFolder(const std::string& path);

/// The functions below work on `path`, one or more names below `root`. Aborted: what is there is
/// not what was seen before (gone, another type, another size).
Result<FileDescriptor> OpenFolderAt(int root, const std::string& path);
Result<std::vector<std::string>> ListFolder(const FileDescriptor& folder);
Result<struct stat> StatAt(int root, const std::string& path);
/// The bytes of a regular file, which must be `size` many.
Result<std::string> ReadFileAt(int root, const std::string& path, uint64_t size);
Result<std::string> ReadLinkAt(int root, const std::string& path);

}  // namespace mooring
