// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/small_disk.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>
#include <vector>

namespace mooring::test {
namespace {

constexpr char kBallast[] = "ballast";

}  // namespace

SmallDisk::SmallDisk(std::filesystem::path folder, const std::string& size)
    : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  EXPECT_EQ(::mount("tmpfs", folder_.c_str(), "tmpfs", 0, ("size=" + size).c_str()), 0) << folder_;
}

SmallDisk::~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }

void SmallDisk::Fill() const {
  std::ofstream ballast(folder_ / kBallast, std::ios::binary);
  const std::vector<char> page(4096);
  while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
  }
}

void SmallDisk::Free() const { std::filesystem::remove(folder_ / kBallast); }

}  // namespace mooring::test
