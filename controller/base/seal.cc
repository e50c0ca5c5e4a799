// SPDX-License-Identifier: Apache-2.0
#include "controller/base/seal.h"

#include <sodium.h>

namespace mooring {
namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Sealer::Sealer(const HostKey& key, std::string_view purpose) : key_(key.Derive(purpose)) {}

std::string Sealer::Seal(const SecretString& value, std::string_view place) const {
  const std::string& plain = value.Reveal();
  std::string sealed(kNonce + plain.size() + kTag, '\0');
  randombytes_buf(sealed.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonce, nullptr, Bytes(plain),
                                             plain.size(), Bytes(place), place.size(), nullptr,
                                             Bytes(sealed), Bytes(key_.Reveal()));
  return sealed;
}

Result<SecretString> Sealer::Open(std::string_view sealed, std::string_view place) const {
  const bool whole = sealed.size() >= kNonce + kTag;
  std::string plain(whole ? sealed.size() - kNonce - kTag : 0, '\0');
  if (!whole || crypto_aead_xchacha20poly1305_ietf_decrypt(
                    Bytes(plain), nullptr, nullptr, Bytes(sealed) + kNonce, sealed.size() - kNonce,
                    Bytes(place), place.size(), Bytes(sealed), Bytes(key_.Reveal())) != 0) {
    return Fail(ErrorCode::kDataLoss, "it was sealed with another host key, or was changed since");
  }
  return SecretString(std::move(plain));
}

}  // namespace mooring
