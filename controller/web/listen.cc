// SPDX-License-Identifier: Apache-2.0
#include "controller/web/listen.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace mooring::web {
namespace {

constexpr int kBacklog = 1024;
constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

Error ListenError(const ListenAddress& address, int code, std::string_view hint = "") {
  const ErrorCode kind = code == EACCES || code == EPERM ? ErrorCode::kPermissionDenied
                                                         : ErrorCode::kFailedPrecondition;
  return Error(kind, fmt::format("listen on {}: {}{}", address.ToString(),
                                 std::error_code(code, std::generic_category()).message(), hint));
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Removes the file of a daemon that is gone; fails when somebody answers there or it is no socket.
Status RemoveStale(const ListenAddress& address) {
  const char* path = address.unix_path.c_str();
  struct stat info{};
  if (::lstat(path, &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return std::unexpected(ListenError(address, EEXIST, " and is no socket; remove it by hand"));
  }
  const int probe = ::socket(AF_UNIX, kSocketFlags, 0);
  const sockaddr_un target = UnixAddress(address.unix_path);
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0 ||
      errno != ECONNREFUSED;
  ::close(probe);
  if (answered) {
    return std::unexpected(ListenError(address, EADDRINUSE, "; is another daemon running?"));
  }
  ::unlink(path);
  return {};
}

/// nullopt: there is no such group.
std::optional<gid_t> FindGroup(const std::string& name) {
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(16384);
  ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

/// Gives the socket's file its group and mode. It was made with no more than `mode`.
Status SetOwner(const Listener& listener) {
  const std::string& path = listener.address.unix_path;
  if (!listener.group.empty()) {
    const auto group = FindGroup(listener.group);
    if (!group) {
      return Fail(
          ErrorCode::kFailedPrecondition,
          fmt::format("listen on {}: there is no group {}; make it with: groupadd --system {}",
                      listener.address.ToString(), listener.group, listener.group));
    }
    if (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
      return std::unexpected(ListenError(listener.address, errno, " when giving it its group"));
    }
  }
  if (::chmod(path.c_str(), listener.mode) != 0) {
    return std::unexpected(ListenError(listener.address, errno, " when giving it its mode"));
  }
  return {};
}

}  // namespace

bool HasGroup(const std::string& name) { return FindGroup(name).has_value(); }

Result<ListenAddress> ListenAddress::Parse(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no address to listen on: {}", text, why));
  };
  if (text.starts_with("unix:")) {
    ListenAddress address{.unix_path = std::string(text.substr(5))};
    if (!address.unix_path.starts_with('/')) return fail("write unix:/path");
    if (address.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return fail("the path is longer than 107 bytes");
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("write unix:/path or 127.0.0.1:8440");
  ListenAddress address{.host = std::string(text.substr(0, colon))};
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return fail("the port must be a number up to 65535");
  }
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (!IsLoopback(address.host)) {
    return fail(
        "only loopback and unix sockets are allowed; put a proxy in front to reach it from "
        "elsewhere");
  }
  return address;
}

std::string ListenAddress::ToString() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<ListeningSocket> ListeningSocket::Open(const Listener& listener) {
  return listener.address.unix_path.empty() ? OpenTcp(listener.address) : OpenUnix(listener);
}

Result<ListeningSocket> ListeningSocket::OpenUnix(const Listener& listener) {
  const ListenAddress& address = listener.address;
  MOORING_RETURN_IF_ERROR(RemoveStale(address));
  ListeningSocket owner(::socket(AF_UNIX, kSocketFlags, 0), address);
  // The mode of an unbound socket becomes that of the file: there is no moment at which it is
  // wider.
  ::fchmod(owner.fd_, listener.mode & 0700);
  const sockaddr_un target = UnixAddress(address.unix_path);
  if (::bind(owner.fd_, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
    const char* hint = errno == ENOENT ? "; its folder does not exist" : "";
    return std::unexpected(ListenError(address, errno, hint));
  }
  struct stat info{};
  if (::lstat(address.unix_path.c_str(), &info) == 0) {
    owner.device_ = info.st_dev;
    owner.inode_ = info.st_ino;
  }
  MOORING_RETURN_IF_ERROR(SetOwner(listener));
  if (::listen(owner.fd_, kBacklog) != 0) return std::unexpected(ListenError(address, errno));
  return owner;
}

Result<ListeningSocket> ListeningSocket::OpenTcp(const ListenAddress& address) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (address.host.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    size = sizeof v6;
  }
  auto* target = reinterpret_cast<sockaddr*>(&storage);
  ListeningSocket owner(::socket(storage.ss_family, kSocketFlags, 0), address);
  const int on = 1;
  ::setsockopt(owner.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (owner.fd_ < 0 || ::bind(owner.fd_, target, size) != 0 || ::listen(owner.fd_, kBacklog) != 0) {
    return std::unexpected(ListenError(address, errno));
  }
  ::getsockname(owner.fd_, target, &size);
  // Both families have their port at the same place.
  owner.address_.port = ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  return owner;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      address_(std::move(other.address_)),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

ListeningSocket::~ListeningSocket() {
  RemoveFile();
  if (fd_ >= 0) ::close(fd_);
}

void ListeningSocket::RemoveFile() {
  const ino_t inode = std::exchange(inode_, 0);
  const char* path = address_.unix_path.c_str();
  struct stat info{};
  if (inode == 0 || ::lstat(path, &info) != 0) return;
  if (info.st_dev == device_ && info.st_ino == inode) ::unlink(path);
}

}  // namespace mooring::web
