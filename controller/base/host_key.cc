// SPDX-License-Identifier: Apache-2.0
#include "controller/base/host_key.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mooring {
namespace {

constexpr size_t kKeyBytes = crypto_generichash_KEYBYTES;

Error FileError(std::string_view what, const std::filesystem::path& file) {
  const int code = errno;
  ErrorCode kind = ErrorCode::kFailedPrecondition;
  if (code == ENOENT) kind = ErrorCode::kNotFound;
  if (code == EACCES || code == EPERM) kind = ErrorCode::kPermissionDenied;
  return Error(kind, fmt::format("{} host key {}: {}", what, file.string(),
                                 std::error_code(code, std::generic_category()).message()));
}

std::string KeyedHex(std::string_view data, std::string_view key, size_t size) {
  std::array<unsigned char, crypto_generichash_BYTES_MAX> out;
  crypto_generichash(out.data(), size, reinterpret_cast<const unsigned char*>(data.data()),
                     data.size(), reinterpret_cast<const unsigned char*>(key.data()), key.size());
  std::string hex(size * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), out.data(), size);
  hex.pop_back();
  return hex;
}

Status Create(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::string bytes(kKeyBytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  // A temporary name and a link: a crash leaves either no key or a whole one, and never replaces
  // one. The name is nobody else's: another process that starts now has one of its own.
  std::string temporary = file.string() + ".new-XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return std::unexpected(FileError("create", file));
  const bool written =
      ::write(fd, bytes.data(), bytes.size()) == ssize_t(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  sodium_memzero(bytes.data(), bytes.size());
  const bool linked = written && (::link(temporary.c_str(), file.c_str()) == 0 || errno == EEXIST);
  Error error = FileError("create", file);
  ::unlink(temporary.c_str());
  if (!linked) return std::unexpected(error);
  return {};
}

}  // namespace

HostKey::HostKey(SecretString bytes) : bytes_(std::move(bytes)) {
  if (sodium_init() < 0) std::abort();  // no source of randomness: nothing here can be trusted
  id_ = KeyedHex("mooring host key id", bytes_.Reveal(), 16).substr(0, 8);
}

HostKey HostKey::FromBytes(std::string bytes) {
  bytes.resize(kKeyBytes, '\0');
  return HostKey(SecretString(std::move(bytes)));
}

Result<HostKey> HostKey::Load(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(FileError("read", file));
  struct stat info{};
  ::fstat(fd, &info);
  std::string bytes(kKeyBytes + 1, '\0');
  const ssize_t size = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if ((info.st_mode & 077) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("host key {} can be read by others; make it private with: chmod 600 {}",
                            file.string(), file.string()));
  }
  if (size != ssize_t(kKeyBytes)) {
    return Fail(
        ErrorCode::kDataLoss,
        fmt::format("host key {} is not a key ({} bytes, expected {}); restore it from a copy, "
                    "or remove it and a new one is made",
                    file.string(), size, kKeyBytes));
  }
  bytes.resize(kKeyBytes);
  return HostKey(SecretString(std::move(bytes)));
}

Result<HostKey> HostKey::LoadOrCreate(const std::filesystem::path& file) {
  auto key = Load(file);
  if (key || key.error().code() != ErrorCode::kNotFound) return key;
  MOORING_RETURN_IF_ERROR(Create(file));
  return Load(file);
}

SecretString HostKey::Derive(std::string_view purpose) const {
  const std::string input = fmt::format("mooring derived key: {}", purpose);
  std::string out(kKeyBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                     reinterpret_cast<const unsigned char*>(bytes_.Reveal().data()),
                     bytes_.Reveal().size());
  return SecretString(std::move(out));
}

std::string HostKey::Digest(std::string_view data) const {
  return id_ + ":" + KeyedHex(data, bytes_.Reveal(), 32);
}

}  // namespace mooring
