// SPDX-License-Identifier: Apache-2.0
#include "controller/source/folder_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <system_error>

#include "controller/base/deleter.h"

namespace mooring {
namespace {

using DirPtr = std::unique_ptr<DIR, Deleter<closedir>>;

Error ChangedError() {
  return {ErrorCode::kAborted, "it changed while it was read; run this again"};
}

Error FileError(int error) {
  // ELOOP and ENOTDIR: a symlink or a file took the place of what was seen before.
  if (error == ENOENT || error == ELOOP || error == ENOTDIR) return ChangedError();
  const ErrorCode code =
      error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
  return {code, std::generic_category().message(error)};
}

/// The folder that the last name of `path` lies in, and that name.
Result<std::pair<FileDescriptor, std::string>> OpenParent(int root, const std::string& path) {
  FileDescriptor at(fcntl(root, F_DUPFD_CLOEXEC, 0));
  if (at.get() < 0) return std::unexpected(FileError(errno));
  size_t begin = 0;
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', begin)) {
    const std::string name = path.substr(begin, slash - begin);
    FileDescriptor next(
        openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0) return std::unexpected(FileError(errno));
    at = std::move(next);
    begin = slash + 1;
  }
  return std::pair(std::move(at), path.substr(begin));
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<FileDescriptor> OpenFolder(const std::string& path) {
  FileDescriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) return folder;
  const int error = errno;
  if (error == ENOENT) return Fail(ErrorCode::kNotFound, "no such folder");
  if (error == ENOTDIR) return Fail(ErrorCode::kInvalidArgument, "it is not a folder");
  return std::unexpected(FileError(error));
}

Result<FileDescriptor> OpenFolderAt(int root, const std::string& path) {
  MOORING_TRY(const auto parent, OpenParent(root, path));
  FileDescriptor folder(openat(parent.first.get(), parent.second.c_str(),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) return std::unexpected(FileError(errno));
  return folder;
}

Result<std::vector<std::string>> ListFolder(const FileDescriptor& folder) {
  const int copy = fcntl(folder.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return std::unexpected(FileError(errno));
  const DirPtr dir(fdopendir(copy));
  if (!dir) {
    const int error = errno;
    close(copy);
    return std::unexpected(FileError(error));
  }
  std::vector<std::string> names;
  errno = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
  for (const dirent* entry = readdir(dir.get()); entry != nullptr; entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return std::unexpected(FileError(errno));
  return names;
}

Result<struct stat> StatAt(int root, const std::string& path) {
  MOORING_TRY(const auto parent, OpenParent(root, path));
  struct stat info = {};
  if (fstatat(parent.first.get(), parent.second.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    return info;
  }
  return std::unexpected(FileError(errno));
}

Result<std::string> ReadFileAt(int root, const std::string& path, uint64_t size) {
  MOORING_TRY(const auto parent, OpenParent(root, path));
  // O_NONBLOCK: a pipe that took the file's place must not hold us up.
  const FileDescriptor file(openat(parent.first.get(), parent.second.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return std::unexpected(FileError(errno));
  struct stat info = {};
  if (fstat(file.get(), &info) != 0) return std::unexpected(FileError(errno));
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != size) {
    return std::unexpected(ChangedError());
  }
  std::string bytes(size + 1, '\0');  // one more, to see a file that grew
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(FileError(errno));
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  if (filled != size) return std::unexpected(ChangedError());
  bytes.resize(size);
  return bytes;
}

Result<std::string> ReadLinkAt(int root, const std::string& path) {
  MOORING_TRY(const auto parent, OpenParent(root, path));
  std::string target(PATH_MAX, '\0');
  const ssize_t size =
      readlinkat(parent.first.get(), parent.second.c_str(), target.data(), target.size());
  if (size < 0 && errno == EINVAL) return std::unexpected(ChangedError());
  if (size < 0) return std::unexpected(FileError(errno));
  target.resize(static_cast<size_t>(size));
  return target;
}

}  // namespace mooring
