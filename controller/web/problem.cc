// SPDX-License-Identifier: Apache-2.0
#include "controller/web/problem.h"

#include <nlohmann/json.hpp>

namespace mooring::web {

std::string_view StatusPhrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Error";
  }
}

Response Problem(int status, std::string_view detail, std::string_view code) {
  nlohmann::ordered_json problem = {{"type", "about:blank"},
                                    {"title", StatusPhrase(status)},
                                    {"status", status},
                                    {"detail", detail}};
  if (!code.empty()) problem["code"] = code;
  return {.status = status,
          .content_type = "application/problem+json",
          .body = problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace mooring::web
