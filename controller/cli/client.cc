// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/client.h"

namespace mooring::cli {

ApiClient::ApiClient(std::string socket)
    : socket_(socket), client_({.unix_socket = std::move(socket), .base_url = "http://mooring"}) {}

Result<Json> ApiClient::Get(const std::string& path) {
  const auto response = client_.Do({.path = path}, {});
  if (!response) {
    return Fail(
        ErrorCode::kUnavailable,
        fmt::format("the daemon does not answer on {}; is it running, and may you read the socket? "
                    "Start it with: mooring run ({})",
                    socket_, response.error().message()));
  }
  Json body = Json::parse(response->body, nullptr, false);
  if (response->ok() && !body.is_discarded()) return body;
  const std::string detail = body.is_object() ? body.value("detail", body.value("title", "")) : "";
  return Fail(
      response->status == 404 ? ErrorCode::kNotFound : ErrorCode::kInternal,
      detail.empty() ? fmt::format("the daemon answered with HTTP {}", response->status) : detail);
}

}  // namespace mooring::cli
