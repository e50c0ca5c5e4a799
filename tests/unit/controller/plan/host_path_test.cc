// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/host_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace mooring {
namespace {

namespace fs = std::filesystem;

TEST(ResolveHostPath, FollowsLinksAndKeepsWhatDoesNotExist) {
  const fs::path folder =
      fs::temp_directory_path() / ("mooring-host-path-" + std::to_string(::getpid()));
  fs::create_directories(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  const std::string real = fs::canonical(folder / "real").string();
  EXPECT_EQ(ResolveHostPath((folder / "link/missing.sock").string()), real + "/missing.sock");
  EXPECT_EQ(ResolveHostPath((folder / "link/../real").string()), real);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace mooring
