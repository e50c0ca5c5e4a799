// SPDX-License-Identifier: Apache-2.0
// Small files that only their owner may read. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring {

/// NotFound when there is none; PermissionDenied when others can read it, or we cannot.
Result<std::string> ReadPrivateFile(const std::filesystem::path& file);
/// Replaces it, mode 0600: after a crash there is the old one or the new one. Makes its folder.
Status WritePrivateFile(const std::filesystem::path& file, const std::string& text);

/// Held by one process at a time, and by one thread of it.
class FileLock {
 public:
  /// Waits up to 10 s, then DeadlineExceeded.
  static Result<FileLock> Take(const std::filesystem::path& file, Clock& clock);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace mooring
