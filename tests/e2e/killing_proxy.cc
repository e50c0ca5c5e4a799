// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/killing_proxy.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace mooring::test {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) std::abort();
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

int UnixSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

bool SendAll(int fd, const std::string& data) {
  for (size_t sent = 0; sent < data.size();) {
    const ssize_t count = send(fd, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<size_t>(count);
  }
  return true;
}

/// What has come; empty when the other side has ended.
std::string Receive(int fd) {
  std::array<char, 65536> part;
  const ssize_t count = recv(fd, part.data(), part.size(), 0);
  return {part.data(), count > 0 ? static_cast<size_t>(count) : 0};
}

/// The head of a request with whatever of its body came along; empty when there is none.
std::string ReadHead(int fd) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const std::string part = Receive(fd);
    if (part.empty()) return "";
    head += part;
  }
  return head;
}

/// One request for each connection, so that the end of its answer is the end of the stream.
std::string AskedToClose(std::string head) {
  head.insert(head.find("\r\n") + 2, "Connection: close\r\n");
  return head;
}

/// Passes on what both send until one of them ends; answers only if `answers`.
void Relay(int client, int engine, bool answers) {
  std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {engine, POLLIN, 0}}};
  while (poll(ends.data(), ends.size(), -1) > 0) {
    if (ends[1].revents != 0) {
      const std::string part = Receive(engine);
      if (part.empty() || (answers && !SendAll(client, part))) return;
    }
    if (ends[0].revents != 0) {
      const std::string part = Receive(client);
      if (part.empty() || !SendAll(engine, part)) return;
    }
  }
}

void KillPeer(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) kill(peer.pid, SIGKILL);
}

}  // namespace

KillingProxy::KillingProxy(std::string socket, std::string engine)
    : socket_(std::move(socket)), engine_(std::move(engine)), listener_(UnixSocket()) {
  const sockaddr_un address = AddressOf(socket_);
  const auto* as_any = reinterpret_cast<const sockaddr*>(&address);
  if (bind(listener_, as_any, sizeof address) != 0 || listen(listener_, 64) != 0) std::abort();
  acceptor_ = std::jthread([this](std::stop_token stop) { Accept(stop); });
}

KillingProxy::~KillingProxy() {
  acceptor_.request_stop();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    std::scoped_lock lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  connections_.clear();
  close(listener_);
}

void KillingProxy::Arm(When when, int nth) {
  std::scoped_lock lock(mutex_);
  when_ = when;
  left_ = nth;
  killed_at_.clear();
}

std::string KillingProxy::killed_at() const {
  std::scoped_lock lock(mutex_);
  return killed_at_;
}

void KillingProxy::Accept(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    {
      std::scoped_lock lock(mutex_);
      open_.insert(client);
    }
    connections_.emplace_back([this, client] {
      Serve(client);
      std::scoped_lock lock(mutex_);
      open_.erase(client);
      close(client);
    });
  }
}

KillingProxy::Fate KillingProxy::FateOf(const std::string& head) {
  if (head.starts_with("GET ") || head.starts_with("HEAD ")) return Fate::kPass;
  std::scoped_lock lock(mutex_);
  if (left_ == 0 || --left_ > 0) return Fate::kPass;
  const bool before = when_ == When::kBefore;
  killed_at_ = (before ? "before " : "after ") + head.substr(0, head.find_first_of("?\r"));
  return before ? Fate::kBefore : Fate::kAfter;
}

void KillingProxy::Serve(int client) {
  const std::string head = ReadHead(client);
  if (head.empty()) return;
  const Fate fate = FateOf(head);
  if (fate == Fate::kBefore) return KillPeer(client);
  const int engine = UnixSocket();
  const sockaddr_un address = AddressOf(engine_);
  const auto* as_any = reinterpret_cast<const sockaddr*>(&address);
  if (connect(engine, as_any, sizeof address) == 0 && SendAll(engine, AskedToClose(head)))
    Relay(client, engine, fate == Fate::kPass);
  close(engine);
  if (fate == Fate::kAfter) KillPeer(client);
}

}  // namespace mooring::test
