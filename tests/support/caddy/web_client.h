// SPDX-License-Identifier: Apache-2.0
// Asks a Caddy on this machine as a browser would ask the world, certificates unchecked.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mooring::test {

struct WebAnswer {
  int status = 0;                              ///< 0: no answer
  std::map<std::string, std::string> headers;  ///< lower-case names
  std::string body;
};

/// GET `url`; its host is taken to be at 127.0.0.1. Redirects are not followed.
WebAnswer WebGet(const std::string& url, const std::vector<std::string>& headers = {});
/// POST, with `body`.
WebAnswer WebPost(const std::string& url, const std::string& body,
                  const std::vector<std::string>& headers = {});

}  // namespace mooring::test
