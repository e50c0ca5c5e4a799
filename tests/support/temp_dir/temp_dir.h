// SPDX-License-Identifier: Apache-2.0
// A folder of a test, removed with everything in it at the end. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace mooring {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  /// `path()` and `name` below it.
  std::string File(std::string_view name) const;
  /// Writes a file below `path()`, with the folders that it needs.
  void Write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace mooring
