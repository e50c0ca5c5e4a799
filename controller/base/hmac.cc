// SPDX-License-Identifier: Apache-2.0
#include "controller/base/hmac.h"

#include <sodium.h>

#include <array>

namespace mooring {
namespace {

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Digest Sha256(std::string_view text) {
  Digest digest;
  crypto_hash_sha256(digest.data(), Bytes(text), text.size());
  return digest;
}

Digest Hmac(std::string_view message, const SecretString& key) {
  Digest digest;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Bytes(key.Reveal()), key.Reveal().size());
  crypto_auth_hmacsha256_update(&state, Bytes(message), message.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

}  // namespace

std::string HmacSha256Hex(std::string_view message, const SecretString& key) {
  const Digest digest = Hmac(message, key);
  std::string hex(2 * digest.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.pop_back();
  return hex;
}

bool IsHmacSha256(std::string_view hex, std::string_view message, const SecretString& key) {
  Digest given{};
  size_t size = 0;
  const char* end = nullptr;
  const bool whole = hex.size() == 2 * given.size() &&
                     sodium_hex2bin(given.data(), given.size(), hex.data(), hex.size(), nullptr,
                                    &size, &end) == 0 &&
                     size == given.size() && end == hex.data() + hex.size();
  const Digest expected = Hmac(message, key);
  return (sodium_memcmp(given.data(), expected.data(), expected.size()) == 0) && whole;
}

bool IsSameSecret(std::string_view text, const SecretString& secret) {
  const Digest given = Sha256(text);
  const Digest expected = Sha256(secret.Reveal());
  return sodium_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

}  // namespace mooring
