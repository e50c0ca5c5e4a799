// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/listen_probe.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "controller/base/deleter.h"
#include "controller/resource/reasons.h"

namespace mooring::caddy {
namespace {

/// 0 or the errno of bind.
int TryBind(const addrinfo& address) {
  const int fd = socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;  // an address family that this host does not have
  const int on = 1;
  if (address.ai_socktype == SOCK_STREAM) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections in TIME_WAIT are fine
  }
  if (address.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  int error = bind(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  // With SO_REUSEADDR only listen() notices another listener on a wildcard address.
  if (error == 0 && address.ai_socktype == SOCK_STREAM && listen(fd, 1) != 0) error = errno;
  close(fd);
  return error;
}

}  // namespace

Status ProbeListen(const std::string& address, bool http3) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || address.starts_with("unix/")) return {};
  std::string host = address.substr(0, colon);
  if (const size_t slash = host.find('/'); slash != std::string::npos)
    host = host.substr(slash + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = address.substr(colon + 1);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found) != 0)
    return {};
  const std::unique_ptr<addrinfo, Deleter<freeaddrinfo>> addresses(found);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const bool udp = one->ai_socktype == SOCK_DGRAM;
    if (one->ai_socktype != SOCK_STREAM && !(udp && http3)) continue;
    const int error = TryBind(*one);
    if (error != EADDRINUSE && error != EADDRNOTAVAIL) continue;
    return std::unexpected(
        Error(
            ErrorCode::kFailedPrecondition,
            error == EADDRINUSE
                ? fmt::format("port {}/{} is already in use on this host, by another program than "
                              "this Caddy; find it with: ss -l{}np 'sport = :{}'",
                              port, udp ? "udp" : "tcp", udp ? 'u' : 't', port)
                : fmt::format("address {} is not one of this host", host))
            .WithReason(reason::kPortConflict));
  }
  return {};
}

}  // namespace mooring::caddy
