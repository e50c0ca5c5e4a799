// SPDX-License-Identifier: Apache-2.0
#include "controller/git/location.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace mooring::git {
namespace {

constexpr std::string_view kFileScheme = "file://";

/// "/srv/my%20fleet" -> "/srv/my fleet"; nullopt for a malformed escape or an encoded NUL.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 3 > text.size()) return std::nullopt;
    unsigned char byte = 0;
    const char* const end = text.data() + i + 3;
    const auto parsed = std::from_chars(text.data() + i + 1, end, byte, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end || byte == 0) return std::nullopt;
    decoded.push_back(static_cast<char>(byte));
    i += 2;
  }
  return decoded;
}

/// "git@host:path", Git's short form of an SSH URL: a colon before the first slash.
bool IsScpLike(std::string_view location) {
  const size_t colon = location.find(':');
  return colon != std::string_view::npos && colon < location.find('/');
}

constexpr std::pair<std::string_view, RemoteUrl::Transport> kSchemes[] = {
    {"https://", RemoteUrl::Transport::kHttps},
    {"http://", RemoteUrl::Transport::kHttp},
    {"ssh://", RemoteUrl::Transport::kSsh}};

std::unexpected<Error> NotAUrl(std::string_view why) {
  // The URL is not repeated: it may hold a password.
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the URL of the Git repository {}; write https://host/path.git, "
                          "ssh://user@host/path.git, user@host:path.git or a path",
                          why));
}

/// "git@", "git.example.com:2222", "[::1]:22" -> user, host, port.
Status ReadAuthority(std::string_view authority, RemoteUrl& url) {
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    if (url.user.find(':') != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the URL of the Git repository has a password in it; put that into a file of "
                  "mode 0600 and name the file under auth.tokenFile");
    }
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return NotAUrl("has a [ without a ]");
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (url.host.empty() || url.host.starts_with('-')) return NotAUrl("names no host");
  if (port.empty()) return {};
  const char* const end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data() + 1, end, url.port);
  const bool good = port.front() == ':' && parsed.ec == std::errc() && parsed.ptr == end &&
                    url.port > 0 && url.port < 65536;
  if (!good) return NotAUrl("has no valid port");
  return {};
}

bool HasControls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

}  // namespace

bool RemoteUrl::IsLoopback() const {
  const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (is_number && host.starts_with("127."));
}

std::string RemoteUrl::Display() const {
  std::string where = (host.find(':') == std::string::npos ? host : "[" + host + "]") +
                      (port == 0 ? "" : fmt::format(":{}", port));
  if (scp_like) return where + ":" + path;
  for (const auto& [scheme, is] : kSchemes) {
    if (is == transport) return std::string(scheme) + where + path;
  }
  return where;
}

std::string RemoteUrl::ForLibrary(const std::string& as_user) const {
  if (!IsSsh()) return Display();
  const std::string name = (user.empty() ? as_user : user) + "@";
  return scp_like ? name + Display() : "ssh://" + name + Display().substr(6);
}

std::string RemoteUrl::KnownHostsName() const {
  return port == 0 || port == 22 ? host : fmt::format("[{}]:{}", host, port);
}

bool IsRemote(std::string_view location) {
  return !location.starts_with(kFileScheme) &&
         (location.find("://") != std::string_view::npos || IsScpLike(location));
}

Result<RemoteUrl> ParseRemoteUrl(std::string_view location) {
  RemoteUrl url;
  if (HasControls(location)) return NotAUrl("has a blank or a control character in it");
  for (const auto& [scheme, transport] : kSchemes) {
    if (!location.starts_with(scheme)) continue;
    url.transport = transport;
    const std::string_view rest = location.substr(scheme.size());
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos || slash + 1 == rest.size())
      return NotAUrl("has no path after the host");
    MOORING_RETURN_IF_ERROR(ReadAuthority(rest.substr(0, slash), url));
    url.path = rest.substr(slash);
    return url;
  }
  if (location.find("://") != std::string_view::npos || !IsScpLike(location))
    return NotAUrl("has a scheme that is not known");
  url.transport = RemoteUrl::Transport::kSsh;
  url.scp_like = true;
  const size_t start = location.find('[') == std::string_view::npos ? 0 : location.find(']');
  const size_t colon = start == std::string_view::npos ? start : location.find(':', start);
  if (colon == std::string_view::npos || colon + 1 == location.size())
    return NotAUrl("has no path after the host");
  MOORING_RETURN_IF_ERROR(ReadAuthority(location.substr(0, colon), url));
  url.path = location.substr(colon + 1);
  return url;
}

Result<std::string> PathOfLocation(std::string_view location) {
  if (location.empty()) return Fail(ErrorCode::kInvalidArgument, "the Git repository has no path");
  if (location.starts_with(kFileScheme)) {
    std::string_view rest = location.substr(kFileScheme.size());
    if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
    const auto path = PercentDecode(rest);
    if (rest.starts_with('/') && path) return *path;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is not a file URL; write file:///srv/fleet.git", location));
  }
  if (IsRemote(location)) {
    // The URL is not repeated: it may hold a password.
    return Fail(ErrorCode::kInvalidArgument,
                "a path or a file:// URL of a Git repository was expected, not one on a server");
  }
  return std::string(location);
}

}  // namespace mooring::git
