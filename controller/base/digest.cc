// SPDX-License-Identifier: Apache-2.0
#include "controller/base/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <array>

namespace mooring {
namespace {

std::string Hex(const unsigned char* bytes, size_t size) {
  std::string hex(size * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes, size);
  hex.pop_back();
  return hex;
}

}  // namespace

std::string Sha256Hex(std::string_view data) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> out;
  crypto_hash_sha256(out.data(), reinterpret_cast<const unsigned char*>(data.data()), data.size());
  return Hex(out.data(), out.size());
}

std::string GitBlobId(std::string_view data) {
  std::string object = "blob " + std::to_string(data.size());
  object.push_back('\0');
  object.append(data);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  EVP_Digest(object.data(), object.size(), out.data(), &size, EVP_sha1(), nullptr);
  return Hex(out.data(), size);
}

}  // namespace mooring
