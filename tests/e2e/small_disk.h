// SPDX-License-Identifier: Apache-2.0
// A disk in memory that a test may fill. Needs root. Not thread-safe.
#pragma once

#include <filesystem>
#include <string>

namespace mooring::test {

class SmallDisk {
 public:
  /// Mounts it on `folder`, which is made. `size` as mount takes it: "1M".
  SmallDisk(std::filesystem::path folder, const std::string& size);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Not a page is left.
  void Fill() const;
  void Free() const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace mooring::test
