// SPDX-License-Identifier: Apache-2.0
#include "controller/web/problem.h"

#include <fmt/format.h>

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
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
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

Response Problem(const ProblemKind& kind, std::string_view detail) {
  const nlohmann::ordered_json problem = {
      {"type", fmt::format("urn:mooring:problem:{}", kind.reason)},
      {"title", StatusPhrase(kind.status)},
      {"status", kind.status},
      {"detail", detail},
      {"reason", kind.reason}};
  return {.status = kind.status,
          .content_type = "application/problem+json",
          .body = problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace mooring::web
