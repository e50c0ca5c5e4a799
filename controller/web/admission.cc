// SPDX-License-Identifier: Apache-2.0
#include "controller/web/admission.h"

#include "controller/web/problem.h"

namespace mooring::web {
namespace {

constexpr std::string_view kScheme = "bearer ";

Response Unauthenticated(std::string_view detail, std::string_view error) {
  Response response = Problem(problem::kUnauthenticated, detail);
  std::string challenge = "Bearer realm=\"mooring\"";
  if (!error.empty()) challenge += fmt::format(", error=\"{}\"", error);
  response.headers.emplace_back("WWW-Authenticate", challenge);
  return response;
}

Response TooOften(std::string_view detail, Duration wait) {
  Response response = Problem(problem::kRateLimited, detail);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<long long>(1, seconds)));
  return response;
}

/// The token of "Bearer <token>"; the scheme in any case, as RFC 9110 has it.
std::optional<std::string_view> BearerToken(std::string_view header) {
  if (header.size() < kScheme.size()) return std::nullopt;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(header[i])) != kScheme[i]) return std::nullopt;
  }
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

}  // namespace

Admission::Admission(Clock& clock, Limits limits, Authenticator authenticate)
    : requests_(clock, limits.requests),
      wrong_tokens_(clock, limits.wrong_tokens),
      authenticate_(std::move(authenticate)) {}

std::expected<std::optional<Caller>, Response> Admission::Admit(
    const std::map<std::string, std::string>& headers, const Route& route,
    const std::string& peer) {
  const auto header = headers.find("authorization");
  if (route.open()) {
    // Health must cost nothing; others may tell more to those who are known.
    if (route.quick || header == headers.end()) return std::nullopt;
    const auto caller = Authenticate(header->second, peer);
    return caller ? std::optional(*caller) : std::nullopt;
  }
  if (header == headers.end()) {
    return std::unexpected(Unauthenticated(
        "this needs an API token: send it as \"Authorization: Bearer mrg_...\"; make one on the "
        "host with: mooring tokens create NAME --role read",
        ""));
  }
  auto caller = Authenticate(header->second, peer);
  if (!caller) return std::unexpected(std::move(caller).error());
  const Duration wait = caller->unlimited ? Duration(0) : requests_.Take(caller->id);
  if (wait > Duration(0)) {
    return std::unexpected(TooOften(
        fmt::format("the token {} asks too often; see http.rateLimit", caller->name), wait));
  }
  if (caller->role < *route.role) {
    return std::unexpected(
        Problem(problem::kRoleRequired,
                fmt::format("this needs a token with the role {}; {} has {}", RoleName(*route.role),
                            caller->name, RoleName(caller->role))));
  }
  return *std::move(caller);
}

/// The token is looked at first, so that a right one always gets in; what is slowed down is to be
/// told that one is wrong.
std::expected<Caller, Response> Admission::Authenticate(std::string_view header,
                                                        const std::string& peer) {
  const auto token = BearerToken(header);
  Result<Caller> caller =
      token ? authenticate_(*token)
            : Fail(ErrorCode::kUnauthenticated, "Authorization must be: Bearer mrg_...");
  if (caller) return *std::move(caller);
  if (caller.error().code() != ErrorCode::kUnauthenticated) {
    Response response = Problem(problem::kUnavailable, caller.error().ToString());
    response.headers.emplace_back("Retry-After", "5");
    return std::unexpected(std::move(response));
  }
  const Duration wait = wrong_tokens_.Take(peer);
  if (wait > Duration(0)) return std::unexpected(TooOften("too many wrong tokens from here", wait));
  return std::unexpected(Unauthenticated(caller.error().ToString(), "invalid_token"));
}

}  // namespace mooring::web
