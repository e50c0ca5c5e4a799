// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/client.h"

namespace mooring::cli {
namespace {

/// What an answer that is no 2xx says.
Error Refusal(const net::HttpResponse& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  const std::string detail = body.is_object() ? body.value("detail", body.value("title", "")) : "";
  const std::string text =
      detail.empty() ? fmt::format("the daemon answered with HTTP {}", response.status) : detail;
  switch (response.status) {
    case 400:
      return Error(ErrorCode::kInvalidArgument, text);
    case 401:
      return Error(ErrorCode::kUnauthenticated, text);
    case 403:
      return Error(ErrorCode::kPermissionDenied, text);
    case 404:
      return Error(ErrorCode::kNotFound, text);
    case 409:
      return Error(ErrorCode::kFailedPrecondition, text);
    case 429:
    case 503:
      return Error(ErrorCode::kAborted, text);  // it is there and busy: try again
    default:
      return Error(ErrorCode::kInternal, text);
  }
}

}  // namespace

ApiClient::ApiClient(std::string socket, ApiToken token)
    : socket_(socket),
      token_(std::move(token)),
      client_({.unix_socket = std::move(socket), .base_url = "http://mooring"}) {}

Result<Json> ApiClient::Get(const std::string& path, std::stop_token stop) {
  return Ask({.path = path}, std::move(stop));
}

Result<Json> ApiClient::Post(const std::string& path, const Json& body, std::stop_token stop) {
  return Ask({.method = "POST",
              .path = path,
              .headers = {"Content-Type: application/json"},
              .body = body.dump(),
              .timeout = std::chrono::minutes(2)},
             std::move(stop));
}

Status ApiClient::Stream(const std::string& path, const std::vector<std::string>& headers,
                         const net::OnData& on_data, std::stop_token stop) {
  const auto response = client_.Stream(
      WithToken({.path = path, .headers = headers, .timeout = std::chrono::milliseconds(0)}),
      on_data, stop);
  if (!response) return std::unexpected(NoAnswer(response.error()));
  if (!response->ok()) return std::unexpected(ErrorOf(*response));
  return {};
}

Result<Json> ApiClient::Ask(const net::HttpRequest& request, std::stop_token stop) {
  const auto response = client_.Do(WithToken(request), std::move(stop));
  if (!response) return std::unexpected(NoAnswer(response.error()));
  if (!response->ok()) return std::unexpected(ErrorOf(*response));
  Json body = Json::parse(response->body, nullptr, false);
  if (body.is_discarded())
    return Fail(ErrorCode::kInternal, "the daemon's answer to " + request.path + " is no JSON");
  return body;
}

net::HttpRequest ApiClient::WithToken(net::HttpRequest request) const {
  if (token_.text.empty()) return request;
  request.headers.push_back("Authorization: Bearer " + token_.text.Reveal());
  return request;
}

Error ApiClient::ErrorOf(const net::HttpResponse& response) const {
  Error refusal = Refusal(response);
  if (refusal.code() != ErrorCode::kUnauthenticated || token_.why.empty()) return refusal;
  return Error(refusal.code(), "the daemon wants an API token; " + token_.why);
}

Error ApiClient::NoAnswer(const Error& cause) const {
  if (cause.code() == ErrorCode::kCancelled) return cause;
  return Error(
      ErrorCode::kUnavailable,
      fmt::format("the daemon does not answer on {}; is it running, and may you read the socket? "
                  "Start it with: mooring run ({})",
                  socket_, cause.message()));
}

}  // namespace mooring::cli
