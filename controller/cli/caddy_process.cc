// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/caddy_process.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

namespace mooring::cli {
namespace {

/// The process that listens there; 0 when it cannot be told.
pid_t Listener(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.empty() || path.size() >= sizeof address.sun_path) return 0;
  path.copy(address.sun_path, path.size());
  // Connecting to a local socket does not wait unless its queue is full.
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return 0;
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  ::close(fd);
  return known ? peer.pid : 0;
}

}  // namespace

std::optional<bool> CaddyResumes(const std::string& path) {
  const pid_t pid = Listener(path);
  if (pid <= 0) return std::nullopt;
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid));
  bool any = false;
  for (std::string word; std::getline(file, word, '\0'); any = true) {
    if (word == "--resume" || word == "-resume") return true;
  }
  return any ? std::optional(false) : std::nullopt;
}

}  // namespace mooring::cli
