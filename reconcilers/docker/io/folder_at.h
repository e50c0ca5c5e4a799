// SPDX-License-Identifier: Apache-2.0
// Changes below one folder that never follow a symbolic link: somebody else may write there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::docker {

/// A file descriptor of ours.
class OpenFile {
 public:
  explicit OpenFile(int fd = -1) : fd_(fd) {}
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct FileRights {
  uint32_t mode = 0644;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

Error FileFailure(std::string_view what, const std::string& path, int code);

/// `top` is followed; nothing of `name` ("sub/x") below it is.
Status PutFileAt(const std::string& top, const std::string& name, std::string_view bytes,
                 const FileRights& rights);
Status PutLinkAt(const std::string& top, const std::string& name, const std::string& target);
/// With the folders that are empty by then. Gone already is fine.
Status RemoveFileAt(const std::string& top, const std::string& name);
/// Into the file that is there, so that whoever has it mounted sees it; all bytes in one write.
Status RewriteFile(const std::string& path, std::string_view bytes, const FileRights& rights);
/// What is in a folder reaches the disk.
void SyncFolder(const std::string& path);

}  // namespace mooring::docker
