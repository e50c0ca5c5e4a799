// SPDX-License-Identifier: Apache-2.0
#include "tests/support/git_server/fault_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

namespace mooring::test {
namespace {

struct Connection {
  int client = -1;
  int server = -1;
  size_t passed = 0;
  bool stalled = false;
};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

void Reset(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd);
}

void Close(Connection& connection) {
  if (connection.client >= 0) close(connection.client);
  if (connection.server >= 0) close(connection.server);
  connection = {};
}

/// Passes on at most `limit` bytes; how many, 0 at the end.
size_t Pass(int from, int to, size_t limit) {
  std::array<char, 8192> buffer;
  const ssize_t n = recv(from, buffer.data(), std::min(buffer.size(), limit), 0);
  if (n <= 0 || send(to, buffer.data(), static_cast<size_t>(n), MSG_NOSIGNAL) != n) return 0;
  return static_cast<size_t>(n);
}

}  // namespace

FaultServer::FaultServer(Fault fault, int behind, size_t bytes)
    : fault_(fault), behind_(behind), bytes_(bytes) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0) {
    std::abort();
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  runs_ = std::jthread([this](const std::stop_token& stop) {
    std::vector<Connection> connections;
    while (!stop.stop_requested()) {
      std::vector<pollfd> watched = {{listener_, POLLIN, 0}};
      for (const Connection& c : connections) {
        watched.push_back({c.client, POLLIN, 0});
        watched.push_back({c.stalled ? -1 : c.server, POLLIN, 0});
      }
      poll(watched.data(), watched.size(), 20);
      for (size_t i = 0; i < connections.size(); ++i) {
        Connection& c = connections[i];
        const bool from_client = watched[1 + 2 * i].revents != 0;
        const bool from_server = watched[2 + 2 * i].revents != 0;
        if (from_client && fault_ == Fault::kReset) {
          Reset(std::exchange(c.client, -1));
        } else if (from_client) {
          std::array<char, 8192> ignored;
          const bool goes_on = c.server >= 0
                                   ? Pass(c.client, c.server, SIZE_MAX) > 0
                                   : recv(c.client, ignored.data(), ignored.size(), 0) > 0;
          if (!goes_on) Close(c);
        }
        if (!from_server || c.server < 0) continue;
        const size_t left = mended_ ? SIZE_MAX : bytes_ - std::min(bytes_, c.passed);
        const size_t n = left == 0 ? 0 : Pass(c.server, c.client, left);
        c.passed += n;
        if (n > 0) continue;
        if (left > 0) {
          Close(c);
        } else if (fault_ == Fault::kBreak) {
          Reset(std::exchange(c.client, -1));
          Close(c);
        } else {
          c.stalled = true;
        }
      }
      std::erase_if(connections, [](const Connection& c) { return c.client < 0 && c.server < 0; });
      if ((watched[0].revents & POLLIN) == 0) continue;
      Connection next{accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)};
      ++accepted_;
      if (behind_ != 0) {
        next.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in to = Loopback(behind_);
        if (connect(next.server, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
          Close(next);
      }
      connections.push_back(next);
    }
    for (Connection& c : connections) Close(c);
  });
}

FaultServer::~FaultServer() {
  runs_.request_stop();
  runs_.join();
  close(listener_);
}

}  // namespace mooring::test
