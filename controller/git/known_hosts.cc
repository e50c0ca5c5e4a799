// SPDX-License-Identifier: Apache-2.0
#include "controller/git/known_hosts.h"

#include <libssh2.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "controller/base/base64.h"
#include "controller/base/deleter.h"
#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/git/location.h"

namespace mooring::git {
namespace {

using SessionPtr = std::unique_ptr<LIBSSH2_SESSION, Deleter<libssh2_session_free>>;
using HostsPtr = std::unique_ptr<LIBSSH2_KNOWNHOSTS, Deleter<libssh2_knownhost_free>>;

constexpr int kSshPort = 22;

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

}  // namespace

std::string ShownHostKey::Type() const {
  if (bytes.size() < 4) return "";
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  return size <= bytes.size() - 4 ? bytes.substr(4, size) : "";
}

std::string ShownHostKey::Fingerprint() const {
  std::string text = EncodeBase64(FromHex(Sha256Hex(bytes)));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::string ShownHostKey::Line(const RemoteUrl& url) const {
  return fmt::format("{} {} {}", url.KnownHostsName(), Type(), EncodeBase64(bytes));
}

Status CheckHostKey(const std::string& file, const RemoteUrl& url, const ShownHostKey& key) {
  if (::access(file.c_str(), R_OK) != 0) {
    const int code = errno;
    return Fail(
        code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
        fmt::format("read the known hosts file {}: {}; make it with this line, if the "
                    "fingerprint {} is that of the server: {}",
                    file, std::generic_category().message(code), key.Fingerprint(), key.Line(url)));
  }
  const SessionPtr session(libssh2_session_init());
  const HostsPtr hosts(session ? libssh2_knownhost_init(session.get()) : nullptr);
  if (!hosts) return Fail(ErrorCode::kInternal, "libssh2 cannot be started");
  if (libssh2_knownhost_readfile(hosts.get(), file.c_str(), LIBSSH2_KNOWNHOST_FILE_OPENSSH) < 0) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("read the known hosts file {}: a line in it is not understood; write "
                            "it anew with: ssh-keyscan {}",
                            file, url.host));
  }
  const int verdict = libssh2_knownhost_checkp(
      hosts.get(), url.host.c_str(), url.port == 0 ? kSshPort : url.port, key.bytes.data(),
      key.bytes.size(), LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, nullptr);
  if (verdict == LIBSSH2_KNOWNHOST_CHECK_MATCH) return {};
  if (verdict == LIBSSH2_KNOWNHOST_CHECK_MISMATCH) {
    return Fail(
        ErrorCode::kUnauthenticated,
        fmt::format("the host key of {} changed: it shows {} {}, which is not what {} has. "
                    "Either the server was set up anew or somebody is between; ask its "
                    "owner, and only then put this line in the place of the old one: {}",
                    url.KnownHostsName(), key.Type(), key.Fingerprint(), file, key.Line(url)));
  }
  return Fail(
      ErrorCode::kUnauthenticated,
      fmt::format("the host key of {} is not known: it shows {} {}. If that is the "
                  "server's fingerprint, add this line to {}: {}",
                  url.KnownHostsName(), key.Type(), key.Fingerprint(), file, key.Line(url)));
}

std::string PreferredFirst(const std::string& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  constexpr std::string_view kKinds[] = {" ssh-ed25519 ", " ecdsa-sha2-", ""};
  const auto rank = [&](const std::string& line) {
    return std::ranges::find_if(
        kKinds, [&](std::string_view kind) { return line.find(kind) != std::string::npos; });
  };
  std::vector<std::string> lines = Split(text, '\n');
  // It reads nothing at all where it meets an empty line.
  std::erase_if(lines, [](const std::string& line) { return line.empty() || line[0] == '#'; });
  std::ranges::stable_sort(lines, {}, rank);
  return lines.empty() ? "" : Join(lines, "\n") + "\n";
}

}  // namespace mooring::git
