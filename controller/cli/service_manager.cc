// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace mooring::cli {
namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

long long Number(const std::string& text) {
  long long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::unexpected<Error> Failed(const std::string& socket, const char* what) {
  return Fail(ErrorCode::kUnavailable, fmt::format("tell the service manager on {}: {}: {}", socket,
                                                   what, std::system_category().message(errno)));
}

}  // namespace

ServiceManager ServiceManager::FromEnvironment() {
  const std::string pid = Variable("WATCHDOG_PID");
  const bool for_us = pid.empty() || Number(pid) == ::getpid();
  const long long watchdog = for_us ? Number(Variable("WATCHDOG_USEC")) : 0;
  return {Variable("NOTIFY_SOCKET"), std::chrono::microseconds(std::max(watchdog, 0LL))};
}

Status ServiceManager::Notify(std::string_view assignments) const {
  if (!listens()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return Failed(socket_, "address");
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Descriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return Failed(socket_, "socket");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  const ssize_t sent = ::sendto(fd.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0) return Failed(socket_, "send");
  return {};
}

}  // namespace mooring::cli
