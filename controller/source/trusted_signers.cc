// SPDX-License-Identifier: Apache-2.0
#include "controller/source/trusted_signers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr size_t kMaxSize = 4 << 20;

Error Problem(const std::string& path, std::string_view what) {
  return {ErrorCode::kFailedPrecondition, fmt::format("{} {}", path, what)};
}

/// All of a file that decides who is trusted.
Result<std::string> ReadTrusted(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return std::unexpected(
        Problem(path, "cannot be read: " + std::generic_category().message(errno)));
  struct stat info = {};
  std::string text;
  std::array<char, 16384> buffer;
  ssize_t n = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? 1 : -1;
  while (n > 0 && text.size() <= kMaxSize && (n = ::read(fd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<size_t>(n));
  ::close(fd);
  if (n != 0) return std::unexpected(Problem(path, "is no file of keys that can be read"));
  if ((info.st_mode & 022) != 0) {
    return std::unexpected(
        Problem(path, fmt::format("can be written by others than its owner (mode {:04o}), who "
                                  "could trust themselves; do: chmod go-w {}",
                                  info.st_mode & 07777, path)));
  }
  return text;
}

bool IsKeyType(std::string_view word) {
  return word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-");
}

/// Whether a key follows the principals and options of a line.
bool HasKey(const std::string& line) {
  const std::vector<std::string> words = Split(line, ' ');
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    if (IsKeyType(words[i]) && words[i + 1].starts_with("AAAA")) return true;
  }
  return false;
}

}  // namespace

std::string TrustedSigners::Fingerprint() const {
  std::string text;
  for (const std::string& path : {allowed_signers_file, gpg_keyring_file}) {
    struct stat info = {};
    if (!path.empty() && ::stat(path.c_str(), &info) == 0) {
      text += fmt::format("{}:{}:{}:{}.{};", info.st_dev, info.st_ino, info.st_size,
                          info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
    } else {
      text += "-;";
    }
  }
  return text;
}

Status CheckAllowedSigners(const std::string& path) {
  MOORING_TRY(const std::string text, ReadTrusted(path));
  size_t keys = 0;
  int number = 0;
  for (std::string line : Split(text, '\n')) {
    ++number;
    std::ranges::replace(line, '\t', ' ');
    const size_t first = line.find_first_not_of(" \r");
    if (first == std::string::npos || line[first] == '#') continue;
    if (!HasKey(line)) {
      return std::unexpected(
          Problem(fmt::format("{}:{}", path, number),
                  "has no key after its principal; write: ops@example.com namespaces=\"git\" "
                  "ssh-ed25519 AAAA..."));
    }
    ++keys;
  }
  if (keys != 0) return {};
  return std::unexpected(
      Problem(path,
              "has no key in it; add a line: ops@example.com namespaces=\"git\" and the "
              "content of the signer's .pub file"));
}

Status CheckKeyring(const std::string& path) {
  MOORING_TRY(const std::string bytes, ReadTrusted(path));
  if (bytes.find("-----BEGIN PGP") != std::string::npos) {
    return std::unexpected(
        Problem(path,
                "is armoured text, which gpgv does not read; do: gpg --dearmor FILE, or export it "
                "without --armor"));
  }
  // A packet of a public key, old or new form, or GnuPG's keybox.
  const auto first = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  const bool packet = (first & 0xfc) == 0x98 || first == 0xc6;
  if (packet || bytes.substr(0, 12).ends_with("KBXf")) return {};
  return std::unexpected(Problem(
      path, bytes.empty() ? "is empty; do: gpg --export ops@example.com > FILE"
                          : "is no keyring; make one with: gpg --export ops@example.com > FILE"));
}

}  // namespace mooring
