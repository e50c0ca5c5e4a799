// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/token_text.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "controller/base/digest.h"

namespace mooring::tokens {
namespace {

constexpr std::string_view kPrefix = "mrg_";
constexpr size_t kIdDigits = 8;
constexpr size_t kSecretDigits = 64;

Result<std::string> RandomHex(size_t digits) {
  std::array<unsigned char, kSecretDigits / 2> bytes{};
  const size_t size = digits / 2;
  if (::getrandom(bytes.data(), size, 0) != static_cast<ssize_t>(size)) {
    return Fail(ErrorCode::kInternal,
                "read random bytes: " + std::error_code(errno, std::generic_category()).message());
  }
  std::string hex;
  for (size_t i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<SecretString> MakeTokenText(std::string* id) {
  MOORING_TRY(*id, RandomHex(kIdDigits));
  auto hex = RandomHex(kSecretDigits);
  if (!hex) return std::unexpected(hex.error());
  const SecretString secret(*std::move(hex));
  return SecretString(fmt::format("{}{}_{}", kPrefix, *id, secret.Reveal()));
}

std::optional<std::string> IdOfToken(std::string_view text) {
  if (text.size() != kPrefix.size() + kIdDigits + 1 + kSecretDigits) return std::nullopt;
  if (!text.starts_with(kPrefix) || text[kPrefix.size() + kIdDigits] != '_') return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kIdDigits);
  if (!IsHex(id) || !IsHex(text.substr(text.size() - kSecretDigits))) return std::nullopt;
  return std::string(id);
}

SecretString DigestOfToken(std::string_view text) { return SecretString(Sha256Hex(text)); }

}  // namespace mooring::tokens
