// SPDX-License-Identifier: Apache-2.0
#include "tests/support/webhook/sign.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace mooring::testing {

std::string Sign(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string PushBody(std::string_view ref, std::string_view after) {
  return fmt::format(
      R"({{"before":"{:040}","after":"{}","commits":[{{"id":"{}","ref":"refs/heads/inner",)"
      R"("added":["apps/shop.yaml"]}}],"repository":{{"full_name":"example/fleet","ref":null}},)"
      R"("total_commits":1,"ref":"{}"}})",
      1, after, after, ref);
}

}  // namespace mooring::testing
