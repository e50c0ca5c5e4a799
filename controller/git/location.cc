// SPDX-License-Identifier: Apache-2.0
#include "controller/git/location.h"

#include <charconv>
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

}  // namespace

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
  // The URL is not repeated: it may hold a password.
  const size_t scheme = location.find("://");
  if (scheme != std::string_view::npos || IsScpLike(location)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a Git repository is read from a path or a file:// URL, not over {}; "
                            "give the path of a clone",
                            scheme == std::string_view::npos ? "ssh" : location.substr(0, scheme)));
  }
  return std::string(location);
}

}  // namespace mooring::git
