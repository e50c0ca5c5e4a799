// SPDX-License-Identifier: Apache-2.0
// The daemon's API over its unix socket, for the commands that ask it. Not thread-safe.
#pragma once

#include <string>

#include "controller/base/error.h"
#include "controller/net/http_client.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

class ApiClient {
 public:
  explicit ApiClient(std::string socket);
  /// Unavailable when the daemon does not answer; the API's own error otherwise.
  Result<Json> Get(const std::string& path);

 private:
  std::string socket_;
  net::HttpClient client_;
};

}  // namespace mooring::cli
