// SPDX-License-Identifier: Apache-2.0
// Who may do what, and how often: bearer tokens (RFC 6750), roles and rates. Thread-safe; owned by
// the server.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/tokens/role.h"
#include "controller/web/message.h"
#include "controller/web/rate_limiter.h"

namespace mooring::web {

/// Unauthenticated: no such token. Any other error: it cannot be said now. Must not block.
using Authenticator = std::function<Result<Caller>(std::string_view token)>;

class Admission {
 public:
  struct Limits {
    RateLimiter::Rate requests;      ///< of one token
    RateLimiter::Rate wrong_tokens;  ///< of one peer
  };
  Admission(Clock& clock, Limits limits, Authenticator authenticate);

  /// Who calls, nullopt if that does not matter; or the answer that refuses: 401, 403, 429, 503. A
  /// right token is never refused for the wrong ones of others at the same address.
  std::expected<std::optional<Caller>, Response> Admit(
      const std::map<std::string, std::string>& headers, const Route& route,
      const std::string& peer);

 private:
  std::expected<Caller, Response> Authenticate(std::string_view header, const std::string& peer);

  RateLimiter requests_;
  RateLimiter wrong_tokens_;
  const Authenticator authenticate_;
};

}  // namespace mooring::web
