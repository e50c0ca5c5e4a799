// SPDX-License-Identifier: Apache-2.0
#include "controller/git/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace mooring::git {
namespace {

constexpr size_t kMaxSize = 64 << 10;
constexpr std::string_view kOpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----";

/// Reads all of `fd`, at most kMaxSize and a bit.
Result<std::string> ReadAll(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() <= kMaxSize) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0) return Fail(ErrorCode::kUnavailable, std::generic_category().message(errno));
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return Fail(ErrorCode::kFailedPrecondition, "it is larger than 64 KiB");
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// As much as there is of valid base64, blanks left out.
std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ') continue;
    const int value = Base64Value(c);
    if (value < 0) break;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return bytes;
}

/// A string with its length before it, as SSH writes them; "" when it is cut off.
std::string_view TakeString(std::string_view& bytes) {
  if (bytes.size() < 4) return "";
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  if (size > bytes.size()) return "";
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

/// "openssh-key-v1", NUL, cipher, kdf, its options, number of keys, the public key.
KeyFacts InspectOpenSsh(std::string_view text) {
  constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
  const std::string decoded = DecodeBase64(text);
  std::string_view bytes = decoded;
  if (!bytes.starts_with(kMagic)) return {KeyProblem::kNoKey};
  bytes.remove_prefix(kMagic.size());
  const std::string_view cipher = TakeString(bytes);
  TakeString(bytes);
  TakeString(bytes);
  if (bytes.size() < 4) return {KeyProblem::kNoKey};
  bytes.remove_prefix(4);
  std::string_view public_key = TakeString(bytes);
  const bool rsa = TakeString(public_key) == "ssh-rsa";
  return {cipher == "none" ? KeyProblem::kNone : KeyProblem::kEncrypted, rsa};
}

}  // namespace

Result<SecretString> ReadPrivateFile(const std::string& path, std::string_view what) {
  const std::string doing = fmt::format("read {} {}", what, path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int code = errno;
    return Fail(code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
                fmt::format("{}: {}", doing, std::generic_category().message(code)));
  }
  struct stat info = {};
  const bool known = ::fstat(fd, &info) == 0;
  auto text = ReadAll(fd);
  ::close(fd);
  if (!text) return std::unexpected(text.error().WithContext(doing));
  SecretString secret(*std::move(text));
  if (!known || (info.st_mode & 077) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{}: others than its owner may read it (mode {:04o}); do: chmod 600 {}",
                            doing, info.st_mode & 07777, path));
  }
  if (secret.empty()) {
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("{}: it is empty", doing));
  }
  return secret;
}

KeyFacts InspectKey(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (const size_t at = text.find(kOpenSsh); at != std::string_view::npos)
    return InspectOpenSsh(text.substr(at + kOpenSsh.size()));
  if (has("PuTTY-User-Key-File")) return {KeyProblem::kPutty};
  // The second is how an RSA key begins in PKCS #8.
  const bool rsa = has("BEGIN RSA PRIVATE KEY") || has("ANBgkqhkiG9w0BAQEFAASC");
  if (has("BEGIN ENCRYPTED PRIVATE KEY") || has("Proc-Type: 4,ENCRYPTED"))
    return {KeyProblem::kEncrypted, rsa};
  if (has("PRIVATE KEY-----")) return {KeyProblem::kNone, rsa};
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || has("PUBLIC KEY"))
    return {KeyProblem::kPublic};
  return {KeyProblem::kNoKey};
}

Status CheckKey(const std::string& path, const KeyFacts& facts) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("the private key {} {}", path, why));
  };
  switch (facts.problem) {
    case KeyProblem::kNone:
      return {};
    case KeyProblem::kEncrypted:
      return refuse(
          "has a passphrase, which nobody can type here; make one without: ssh-keygen -t ed25519 "
          "-N '' -f KEY, and protect it by its mode");
    case KeyProblem::kPublic:
      return refuse("is a public key; name the other file, the one without .pub");
    case KeyProblem::kPutty:
      return refuse(
          "is in PuTTY's format; export it in PuTTYgen (Conversions, OpenSSH key), or do: puttygen "
          "KEY.ppk -O private-openssh -o KEY");
    case KeyProblem::kNoKey:
      break;
  }
  return refuse("is not a private key; make one with: ssh-keygen -t ed25519 -N '' -f KEY");
}

}  // namespace mooring::git
