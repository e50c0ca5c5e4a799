// SPDX-License-Identifier: Apache-2.0
// Where the files of a model come from: a folder of the host, or a revision of
// the repository.
#pragma once

#include <optional>
#include <string>

namespace mooring::compose {

/// Not thread-safe: whoever loads owns one.
class Files {
 public:
  virtual ~Files() = default;
  /// The text of the file; nullopt when there is none that can be read.
  virtual std::optional<std::string> Read(const std::string& path) = 0;
  virtual bool IsFolder(const std::string& path) = 0;
  /// The path as messages show it.
  virtual std::string Shown(const std::string& path) { return path; }
};

}  // namespace mooring::compose
