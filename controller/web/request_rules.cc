// SPDX-License-Identifier: Apache-2.0
#include "controller/web/request_rules.h"

#include <charconv>

#include "controller/web/problem.h"

namespace mooring::web {
namespace {

bool DeclaresMoreThan(const Request& request, size_t limit) {
  const auto found = request.headers.find("content-length");
  if (found == request.headers.end()) return false;
  unsigned long long declared = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), declared);
  return error == std::errc::result_out_of_range || declared > limit;
}

bool HasBody(const Request& request) {
  const auto length = request.headers.find("content-length");
  return (length != request.headers.end() && length->second != "0") ||
         request.headers.contains("transfer-encoding");
}

/// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view header) {
  std::string type(header.substr(0, header.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return type;
}

}  // namespace

std::optional<Response> CheckHead(const Request& request, std::string_view target,
                                  size_t max_header) {
  if (target.size() > max_header / 2) {
    return Problem(problem::kTargetTooLong,
                   fmt::format("the path and query are longer than {} bytes", max_header / 2));
  }
  size_t size = target.size();
  for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 4;
  if (size <= max_header) return std::nullopt;
  return Problem(problem::kHeadersTooLarge,
                 fmt::format("the headers are longer than {} bytes", max_header));
}

std::optional<Response> CheckBody(const Request& request, const Route& route, size_t max_body) {
  if (DeclaresMoreThan(request, max_body)) return BodyTooLarge(max_body);
  const auto type = request.headers.find("content-type");
  if (route.consumes.empty() || !HasBody(request) || type == request.headers.end())
    return std::nullopt;
  const std::string given = MediaType(type->second);
  if (given == route.consumes) return std::nullopt;
  return Problem(problem::kUnsupportedMediaType,
                 fmt::format("{} takes {}, not {}", route.pattern, route.consumes, given));
}

Response BodyTooLarge(size_t limit) {
  return Problem(problem::kBodyTooLarge, fmt::format("the body is larger than {} bytes", limit));
}

}  // namespace mooring::web
