// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/caddy_process.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::cli {
namespace {

TEST(CaddyProcess, ReadsTheCommandLineOfWhoListens) {
  const TempDir dir;
  const std::string path = dir.File("admin.sock");
  EXPECT_EQ(CaddyResumes(path), std::nullopt) << "nobody listens";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 4), 0);
  EXPECT_EQ(CaddyResumes(path), false) << "this test has no --resume";
  ::close(fd);
}

}  // namespace
}  // namespace mooring::cli
