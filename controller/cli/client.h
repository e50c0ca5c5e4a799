// SPDX-License-Identifier: Apache-2.0
// The daemon's API over its unix socket, for the commands that ask it. Not thread-safe.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/error.h"
#include "controller/cli/api_token.h"
#include "controller/net/http_client.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

class ApiClient {
 public:
  /// Sends `token`, if it has a text, with each request.
  explicit ApiClient(std::string socket, ApiToken token = {});
  /// Unavailable when the daemon does not answer; the API's own error otherwise.
  Result<Json> Get(const std::string& path, std::stop_token stop = {});
  Result<Json> Post(const std::string& path, const Json& body, std::stop_token stop = {});
  /// Passes on what comes until the stream ends or `on_data` returns false; `headers` as
  /// "Name: value".
  Status Stream(const std::string& path, const std::vector<std::string>& headers,
                const net::OnData& on_data, std::stop_token stop);

 private:
  Result<Json> Ask(const net::HttpRequest& request, std::stop_token stop);
  net::HttpRequest WithToken(net::HttpRequest request) const;
  Error ErrorOf(const net::HttpResponse& response) const;
  Error NoAnswer(const Error& cause) const;

  std::string socket_;
  ApiToken token_;
  net::HttpClient client_;
};

}  // namespace mooring::cli
