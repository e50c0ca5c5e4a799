// SPDX-License-Identifier: Apache-2.0
#include "controller/git/fetch_protocol.h"

#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

namespace mooring::git {
namespace {

using Json = nlohmann::json;

constexpr ErrorCode kCodes[] = {
    ErrorCode::kInvalidArgument,  ErrorCode::kFailedPrecondition, ErrorCode::kPermissionDenied,
    ErrorCode::kUnauthenticated,  ErrorCode::kDataLoss,           ErrorCode::kUnavailable,
    ErrorCode::kDeadlineExceeded, ErrorCode::kInternal,           ErrorCode::kNotFound,
    ErrorCode::kAborted,          ErrorCode::kCancelled};

/// The texts of a request by their names.
constexpr std::pair<const char*, std::string FetchRequest::*> kTexts[] = {
    {"url", &FetchRequest::url},
    {"mirror", &FetchRequest::mirror},
    {"branch", &FetchRequest::branch},
    {"tag", &FetchRequest::tag},
    {"commit", &FetchRequest::commit},
    {"username", &FetchRequest::username},
    {"tokenFile", &FetchRequest::token_file},
    {"privateKeyFile", &FetchRequest::private_key_file},
    {"knownHostsFile", &FetchRequest::known_hosts_file}};

/// A server's text may hold bytes that are no text.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ErrorCode CodeOf(std::string_view name) {
  for (const ErrorCode code : kCodes) {
    if (ErrorCodeName(code) == name) return code;
  }
  return ErrorCode::kInternal;
}

}  // namespace

std::string EncodeRequest(const FetchRequest& request) {
  Json json = {
      {"maxBytes", request.max_bytes}, {"onlyLook", request.only_look}, {"anew", request.anew}};
  for (const auto& [name, field] : kTexts) json[name] = request.*field;
  return Dump(json);
}

Result<FetchRequest> DecodeRequest(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    FetchRequest request;
    for (const auto& [name, field] : kTexts) request.*field = json.value(name, "");
    request.max_bytes = json.value("maxBytes", request.max_bytes);
    request.only_look = json.value("onlyLook", false);
    request.anew = json.value("anew", false);
    return request;
  } catch (const Json::exception& e) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("read the request: {}", e.what()));
  }
}

std::string EncodeResult(const Result<FetchResult>& result) {
  if (!result) {
    return Dump({{"error",
                  {{"code", ErrorCodeName(result.error().code())},
                   {"message", result.error().ToString()}}}});
  }
  return Dump({{"commit", result->commit},
               {"replaced", result->replaced},
               {"receivedBytes", result->received_bytes}});
}

Result<FetchResult> DecodeResult(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.contains("error")) {
      const Json& error = json["error"];
      return Fail(CodeOf(error.at("code").get<std::string>()),
                  error.at("message").get<std::string>());
    }
    return FetchResult{json.at("commit").get<std::string>(), json.value("replaced", ""),
                       json.value("receivedBytes", uint64_t{0})};
  } catch (const Json::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("read the answer: {}", e.what()));
  }
}

int ServeFetch(std::istream& in, std::ostream& out, std::ostream& progress) {
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Result<FetchResult> result = FetchResult();
  if (auto request = DecodeRequest(text)) {
    result = Fetch(*request, [&](const std::string& line) { progress << line << std::endl; });
  } else {
    result = std::unexpected(request.error());
  }
  out << EncodeResult(result) << std::endl;
  return result ? 0 : 1;
}

}  // namespace mooring::git
