// SPDX-License-Identifier: Apache-2.0
// Where a repository is, as people write it. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::git {

/// A repository on a server. Only `ForLibrary` gives back who the user is: what is shown to people
/// never has user information in it.
struct RemoteUrl {
  enum class Transport { kHttp, kHttps, kSsh };
  Transport transport = Transport::kHttps;
  bool scp_like = false;  ///< "git@host:path", whose path is relative to the user's home
  std::string user;
  std::string host;  ///< without the brackets of an IPv6 address
  int port = 0;      ///< 0: the transport's own
  std::string path;  ///< as written; begins with '/' unless scp-like

  bool IsSsh() const { return transport == Transport::kSsh; }
  /// On this machine, so that nobody between can read or change what is sent.
  bool IsLoopback() const;
  /// For people: "ssh://git.example.com/fleet.git", "git.example.com:fleet.git".
  std::string Display() const;
  /// With `as_user` unless the URL names one (over ssh; over HTTP nobody).
  std::string ForLibrary(const std::string& as_user) const;
  /// "git.example.com" or "[git.example.com]:2222", as known_hosts has it.
  std::string KnownHostsName() const;
};

/// Whether `location` names a server rather than a path or a `file://` URL on this machine.
bool IsRemote(std::string_view location);
/// https://, http://, ssh:// or scp-like. InvalidArgument otherwise, and for a URL that holds a
/// password.
Result<RemoteUrl> ParseRemoteUrl(std::string_view location);

/// The path that a local path or a `file://` URL names. InvalidArgument for any other URL.
Result<std::string> PathOfLocation(std::string_view location);

}  // namespace mooring::git
