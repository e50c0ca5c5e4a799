// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/folder_at.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

constexpr char kUnfinished[] = ".mooring-new";
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The folder that `name` lies in, and the last part of it. `make`: folders that are missing.
Result<std::pair<OpenFile, std::string>> OpenParent(const std::string& top, const std::string& name,
                                                    bool make) {
  OpenFile at(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (at.get() < 0) return std::unexpected(FileFailure("open", top, errno));
  std::vector<std::string> parts = Split(name, '/');
  const std::string last = parts.back();
  parts.pop_back();
  for (const std::string& part : parts) {
    if (make) ::mkdirat(at.get(), part.c_str(), 0755);
    OpenFile next(::openat(at.get(), part.c_str(), kFolder));
    if (next.get() < 0) {
      return std::unexpected(
          FileFailure("open", fmt::format("{} in {}/{}", part, top, name), errno));
    }
    at = std::move(next);
  }
  return std::pair(std::move(at), last);
}

bool WriteAll(int fd, std::string_view bytes) {
  off_t at = 0;
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
    at += n;
  }
  return true;
}

bool Finish(int fd, size_t size, const FileRights& rights) {
  return ::ftruncate(fd, static_cast<off_t>(size)) == 0 &&
         ::fchown(fd, rights.uid, rights.gid) == 0 && ::fchmod(fd, rights.mode) == 0 &&
         ::fsync(fd) == 0;
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Error FileFailure(std::string_view what, const std::string& path, int code) {
  const ErrorCode kind =
      code == EACCES || code == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
  return Error(kind, fmt::format("{} {}: {}", what, path,
                                 std::error_code(code, std::generic_category()).message()));
}

Status PutFileAt(const std::string& top, const std::string& name, std::string_view bytes,
                 const FileRights& rights) {
  MOORING_TRY(const auto parent, OpenParent(top, name, true));
  const int folder = parent.first.get();
  const std::string path = top + "/" + name;
  ::unlinkat(folder, kUnfinished, 0);
  const OpenFile file(
      ::openat(folder, kUnfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return std::unexpected(FileFailure("write", path, errno));
  const bool written = WriteAll(file.get(), bytes) && Finish(file.get(), bytes.size(), rights);
  if (written && ::renameat(folder, kUnfinished, folder, parent.second.c_str()) == 0) return {};
  const Error error = FileFailure("write", path, errno);
  ::unlinkat(folder, kUnfinished, 0);
  return std::unexpected(error);
}

Status PutLinkAt(const std::string& top, const std::string& name, const std::string& target) {
  MOORING_TRY(const auto parent, OpenParent(top, name, true));
  const int folder = parent.first.get();
  ::unlinkat(folder, kUnfinished, 0);
  if (::symlinkat(target.c_str(), folder, kUnfinished) == 0 &&
      ::renameat(folder, kUnfinished, folder, parent.second.c_str()) == 0)
    return {};
  return std::unexpected(FileFailure("link", top + "/" + name, errno));
}

Status RemoveFileAt(const std::string& top, const std::string& name) {
  const auto parent = OpenParent(top, name, false);
  if (!parent) return {};
  if (::unlinkat(parent->first.get(), parent->second.c_str(), 0) != 0 && errno != ENOENT)
    return std::unexpected(FileFailure("remove", top + "/" + name, errno));
  for (size_t slash = name.rfind('/'); slash != std::string::npos && slash != 0;
       slash = name.rfind('/', slash - 1)) {
    const auto above = OpenParent(top, name.substr(0, slash), false);
    if (!above || ::unlinkat(above->first.get(), above->second.c_str(), AT_REMOVEDIR) != 0) break;
  }
  return {};
}

Status RewriteFile(const std::string& path, std::string_view bytes, const FileRights& rights) {
  const OpenFile file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return std::unexpected(FileFailure("write", path, errno));
  if (WriteAll(file.get(), bytes) && Finish(file.get(), bytes.size(), rights)) return {};
  return std::unexpected(FileFailure("write", path, errno));
}

void SyncFolder(const std::string& path) {
  const OpenFile folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
}

}  // namespace mooring::docker
