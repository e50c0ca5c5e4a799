// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http/raw_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace mooring::testing {
namespace {

int Connect(int family, const sockaddr* address, socklen_t size) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd, address, size) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

RawClient RawClient::Tcp(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return RawClient(Connect(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawClient RawClient::Unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return RawClient(Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawClient::HalfClose() { ::shutdown(fd_, SHUT_WR); }

std::string RawClient::ReadAll() { return ReadUntil(""); }

std::string RawClient::ReadUntil(std::string_view text) {
  std::string all;
  std::array<char, 65536> part;
  while (text.empty() || all.find(text) == std::string::npos) {
    const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
    if (got <= 0) break;
    all.append(part.data(), static_cast<size_t>(got));
  }
  return all;
}

}  // namespace mooring::testing
