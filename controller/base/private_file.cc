// SPDX-License-Identifier: Apache-2.0
#include "controller/base/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace mooring {
namespace {

constexpr Duration kLockPatience = std::chrono::seconds(10);
constexpr Duration kLockPause = std::chrono::milliseconds(20);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error FileError(std::string_view what, const std::filesystem::path& file) {
  const int code = errno;
  ErrorCode kind = ErrorCode::kFailedPrecondition;
  if (code == ENOENT) kind = ErrorCode::kNotFound;
  if (code == ENOSPC || code == EDQUOT) kind = ErrorCode::kUnavailable;
  if (code == EACCES || code == EPERM) kind = ErrorCode::kPermissionDenied;
  return Error(kind, fmt::format("{} {}: {}", what, file.string(),
                                 std::error_code(code, std::generic_category()).message()));
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(fd) == 0;
}

/// The rename is on the disk when its folder is. A folder that cannot be opened is left to the
/// system.
void SyncFolder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());
}

}  // namespace

Result<std::string> ReadPrivateFile(const std::filesystem::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return std::unexpected(FileError("read", file));
  struct stat info{};
  ::fstat(fd.get(), &info);
  if ((info.st_mode & 077) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} can be read by others; make it private with: chmod 600 {}",
                            file.string(), file.string()));
  }
  std::string text;
  std::array<char, 4096> part{};
  ssize_t n = 0;
  while ((n = ::read(fd.get(), part.data(), part.size())) > 0) {
    text.append(part.data(), static_cast<size_t>(n));
  }
  if (n < 0) return std::unexpected(FileError("read", file));
  return text;
}

Status WritePrivateFile(const std::filesystem::path& file, const std::string& text) {
  std::error_code ignored;  // a folder that is missing shows when the file is opened
  std::filesystem::create_directories(file.parent_path(), ignored);
  const std::string temporary = file.string() + ".new";
  ::unlink(temporary.c_str());
  const Descriptor fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0 || !WriteAll(fd.get(), text) || ::rename(temporary.c_str(), file.c_str()) != 0) {
    const Error error = FileError("write", file);
    ::unlink(temporary.c_str());
    return std::unexpected(error);
  }
  SyncFolder(file.parent_path());
  return {};
}

Result<FileLock> FileLock::Take(const std::filesystem::path& file, Clock& clock) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd.get() < 0) return std::unexpected(FileError("lock", file));
  const SteadyTime deadline = clock.Steady() + kLockPatience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return std::unexpected(FileError("lock", file));
    if (clock.Steady() >= deadline) {
      return Fail(
          ErrorCode::kDeadlineExceeded,
          fmt::format("lock {}: another mooring command holds it for 10 s; end that one and "
                      "try again",
                      file.string()));
    }
    SleepFor(clock, kLockPause, {});
  }
  return FileLock(fd.Release());
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace mooring
