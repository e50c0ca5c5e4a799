// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/token_verifier.h"

#include "controller/tokens/token_text.h"

namespace mooring::tokens {

TokenVerifier::Stamp TokenVerifier::Look() const {
  struct stat info{};
  if (::stat(file_.path().c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
}

/// Looks before it reads: a change in between shows at the next look.
void TokenVerifier::Refresh(Cache& cache) const {
  const Stamp now = Look();
  if (cache.loaded && cache.tokens && cache.stamp == now) return;
  cache.stamp = now;
  cache.loaded = true;
  cache.tokens = file_.List();
}

Result<Caller> TokenVerifier::Verify(std::string_view text) {
  const auto id = IdOfToken(text);
  if (!id) return Fail(ErrorCode::kUnauthenticated, "this is no API token of Mooring");
  const SecretString digest = DigestOfToken(text);
  return cache_.With([&](Cache& cache) -> Result<Caller> {
    Refresh(cache);
    if (!cache.tokens) {
      return Fail(ErrorCode::kUnavailable,
                  "the tokens cannot be checked: " + cache.tokens.error().ToString());
    }
    for (const Token& token : *cache.tokens) {
      if (token.id != *id || !(token.digest == digest)) continue;
      if (token.ExpiredAt(clock_.Now())) {
        return Fail(ErrorCode::kUnauthenticated, "this API token has expired");
      }
      return Caller{token.id, token.name, token.role, token.is_local_cli};
    }
    return Fail(ErrorCode::kUnauthenticated, "this API token is unknown or was revoked");
  });
}

bool TokenVerifier::StillValid(const std::string& id) {
  return cache_.With([&](Cache& cache) {
    Refresh(cache);
    if (!cache.tokens) return false;
    return std::any_of(cache.tokens->begin(), cache.tokens->end(), [&](const Token& token) {
      return token.id == id && !token.ExpiredAt(clock_.Now());
    });
  });
}

}  // namespace mooring::tokens
