// SPDX-License-Identifier: Apache-2.0
#include "controller/http/json_body.h"

namespace mooring::http {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxValues = 1'000'000;

}  // namespace

Result<Json> ParseJsonObject(const std::string& body) {
  size_t values = 0;
  bool too_big = false;
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    too_big = too_big || depth > kMaxDepth || ++values > kMaxValues;
    return !too_big;
  };
  Json parsed;
  try {
    parsed = Json::parse(body, limit);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the body is not JSON: {}", error.what()));
  }
  if (too_big) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the body is nested deeper than {} or has more than {} values",
                            kMaxDepth, kMaxValues));
  }
  if (!parsed.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  }
  return parsed;
}

}  // namespace mooring::http
