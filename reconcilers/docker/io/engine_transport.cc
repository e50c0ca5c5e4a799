// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_transport.h"

#include <charconv>

#include "controller/base/correlation.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/io/engine_pace.h"

namespace mooring::docker {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr char kNewestApi[] = "1.56";  ///< the newest that this client was tried with
constexpr char kOldestApi[] = "1.41";

/// "1.41" as (1, 41), so that 1.9 < 1.41.
std::pair<int, int> VersionNumber(std::string_view text) {
  std::pair<int, int> number{0, 0};
  const auto [dot, error] = std::from_chars(text.data(), text.data() + text.size(), number.first);
  if (error == std::errc() && dot != text.data() + text.size()) {
    std::from_chars(dot + 1, text.data() + text.size(), number.second);
  }
  return number;
}

/// The knee of an engine: more at the same time start no more in a second.
constexpr size_t kAtOnce = 8;

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A non-2xx answer is an error, unless it is `fine`.
Result<HttpResponse> Judged(Result<HttpResponse> response, std::initializer_list<int> fine) {
  if (!response || response->ok() || std::ranges::find(fine, response->status) != fine.end())
    return response;
  return std::unexpected(ErrorOfAnswer(response->status, response->body));
}

/// The engine's own debug log names it, so that a call there is found here.
void Name(HttpRequest& request) {
  if (!CurrentCorrelation().empty())
    request.headers.push_back("X-Request-Id: " + CurrentCorrelation());
}

}  // namespace

std::string DumpForEngine(const Json& body) {
  return body.is_null() ? "" : body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error ErrorOfAnswer(int status, const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  const bool says = json.is_object() && json.contains("message") && json["message"].is_string();
  const std::string message =
      says ? json["message"].get<std::string>() : fmt::format("HTTP {}", status);
  if (Contains(message, "is already in use by container") ||
      Contains(message, "network with name")) {
    return Error(ErrorCode::kFailedPrecondition, message).WithReason(reason::kNameConflict);
  }
  if (Contains(message, "port is already allocated") ||
      Contains(message, "address already in use")) {
    return Error(ErrorCode::kUnavailable, message + "; free the port or choose another")
        .WithReason(reason::kPortConflict);
  }
  // No version is to blame for a full disk, whatever the status says.
  if (Contains(message, "no space left on device"))
    return Error(ErrorCode::kUnavailable, message + "; make room on the engine's disk");
  if (Contains(message, "has active endpoints")) {
    return Error(ErrorCode::kUnavailable,
                 message +
                     "; see which containers use it with docker network inspect, and "
                     "disconnect or remove them")
        .WithReason(reason::kInUse);
  }
  if (Contains(message, "Minimum supported API version")) {
    return Error(
        ErrorCode::kFailedPrecondition,
        "this Mooring is too old for this Docker engine; upgrade Mooring (" + message + ")");
  }
  if (Contains(message, "Pool overlaps") || Contains(message, "Address already in use")) {
    return Error(ErrorCode::kAborted, message);
  }
  switch (status) {
    case 400:
      return Error(ErrorCode::kInvalidArgument, message);
    case 404:
      return Error(ErrorCode::kNotFound, message);
    case 409:
      return Error(ErrorCode::kAborted, message);
    default:
      return Error(ErrorCode::kInternal, message);
  }
}

EngineTransport::EngineTransport(std::string socket, OnRequest on_request, EnginePace* pace)
    : socket_(socket),
      client_({.unix_socket = std::move(socket), .base_url = "http://docker"}),
      on_request_(std::move(on_request)),
      pace_(pace) {}

Result<EngineInfo> EngineTransport::Ping(std::stop_token stop) {
  MOORING_TRY(const HttpResponse response, Send({.path = "/_ping", .timeout = kReadTimeout}, stop));
  if (!response.ok()) return std::unexpected(ErrorOfAnswer(response.status, response.body));
  EngineInfo info;
  const auto api = response.headers.find("api-version");
  const std::string newest = api == response.headers.end() ? kOldestApi : api->second;
  if (VersionNumber(newest) < VersionNumber(kOldestApi)) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("the Docker engine on {} speaks API {}, and Mooring needs {} (Docker "
                            "20.10) or newer; upgrade the engine",
                            socket_, newest, kOldestApi));
  }
  info.api_version = VersionNumber(newest) < VersionNumber(kNewestApi) ? newest : kNewestApi;
  if (const auto server = response.headers.find("server"); server != response.headers.end()) {
    const std::string& text = server->second;  // "Docker/20.10.24+dfsg1 (linux)"
    const size_t slash = text.find('/');
    if (slash != std::string::npos)
      info.version = text.substr(slash + 1, text.find(' ') - slash - 1);
  }
  prefix_.With([&](std::string& prefix) { prefix = "/v" + info.api_version; });
  return info;
}

Result<HttpRequest> EngineTransport::Prepared(HttpRequest request, std::stop_token stop) {
  MOORING_TRY(request.path, Versioned(request.path, stop));
  // What only reads is cheap for the engine, and is read once for many.
  if (pace_ != nullptr && request.method != "GET")
    MOORING_RETURN_IF_ERROR(pace_->AwaitRequest(request.timeout, stop));
  if (!request.body.empty()) request.headers.push_back("Content-Type: application/json");
  return request;
}

Result<HttpResponse> EngineTransport::Call(HttpRequest request, std::initializer_list<int> fine,
                                           std::stop_token stop) {
  MOORING_TRY(HttpRequest prepared, Prepared(std::move(request), stop));
  return Judged(Send(std::move(prepared), stop), fine);
}

Result<Json> EngineTransport::Get(const std::string& path, std::stop_token stop) {
  MOORING_TRY(const HttpResponse response, Call({.path = path, .timeout = kReadTimeout}, {}, stop));
  Json json = Json::parse(response.body, nullptr, false);
  if (json.is_discarded())
    return Fail(ErrorCode::kInternal, "the engine answered with something that is no JSON");
  return json;
}

Status EngineTransport::Post(const std::string& path, const Json& body,
                             std::initializer_list<int> fine, std::stop_token stop,
                             std::chrono::milliseconds timeout) {
  auto response =
      Call({.method = "POST", .path = path, .body = DumpForEngine(body), .timeout = timeout}, fine,
           stop);
  if (!response) return std::unexpected(response.error());
  return {};
}

Status EngineTransport::Delete(const std::string& path, std::initializer_list<int> fine,
                               std::stop_token stop) {
  auto response = Call({.method = "DELETE", .path = path, .timeout = kWriteTimeout}, fine, stop);
  if (!response) return std::unexpected(response.error());
  return {};
}

Result<HttpResponse> EngineTransport::Stream(HttpRequest request, const net::OnData& on_data,
                                             std::stop_token stop) {
  MOORING_TRY(request.path, Versioned(request.path, stop));
  auto response = client_.Stream(request, on_data, stop);
  if (!response) return std::unexpected(Explain(response.error()));
  if (!response->ok()) return std::unexpected(ErrorOfAnswer(response->status, response->body));
  return response;
}

Result<std::string> EngineTransport::ApiVersion(std::stop_token stop) {
  MOORING_TRY(const std::string prefix, Versioned("", stop));
  return prefix.substr(sizeof("/v") - 1);
}

/// The version is negotiated before the first call and again after the engine was away: it may have
/// been upgraded.
Result<std::string> EngineTransport::Versioned(const std::string& path, std::stop_token stop) {
  std::string prefix = prefix_.With([](const std::string& p) { return p; });
  if (prefix.empty()) {
    MOORING_TRY(const EngineInfo info, Ping(stop));
    prefix = "/v" + info.api_version;
  }
  return prefix + path;
}

Result<HttpResponse> EngineTransport::Send(HttpRequest request, std::stop_token stop) {
  Name(request);
  const auto start = std::chrono::steady_clock::now();
  auto response = client_.Do(request, stop);
  return Received(request, std::move(response), std::chrono::steady_clock::now() - start);
}

Result<HttpResponse> EngineTransport::Received(const HttpRequest& request,
                                               Result<HttpResponse> response, Duration took) {
  if (on_request_) on_request_(request.method, request.path, response ? response->status : 0, took);
  if (!response) return std::unexpected(Explain(response.error()));
  return response;
}

std::vector<Status> EngineTransport::PostAll(const std::vector<std::string>& paths,
                                             std::initializer_list<int> fine,
                                             std::stop_token stop) {
  std::vector<HttpRequest> requests;
  Status prepared;
  for (const std::string& path : paths) {
    auto request = Prepared({.method = "POST", .path = path, .timeout = kWriteTimeout}, stop);
    if (!request) {
      prepared = std::unexpected(request.error());
      break;
    }
    Name(*request);
    requests.push_back(std::move(*request));
  }
  const auto start = std::chrono::steady_clock::now();
  auto responses = client_.DoAll(requests, kAtOnce, stop);
  const Duration all = std::chrono::steady_clock::now() - start;
  std::vector<Status> results(paths.size(), prepared);  // that of those that were not sent
  for (size_t i = 0; i < responses.size(); ++i) {
    const Duration took = responses[i] ? Duration(responses[i]->took) : all;
    const auto response = Judged(Received(requests[i], std::move(responses[i]), took), fine);
    results[i] = response ? Status() : std::unexpected(response.error());
  }
  return results;
}

Error EngineTransport::Explain(const Error& error) {
  if (error.code() != ErrorCode::kUnavailable) return error;
  prefix_.With([](std::string& prefix) { prefix.clear(); });
  return Error(ErrorCode::kUnavailable,
               fmt::format("the Docker engine does not answer on {}; is it running? ({})", socket_,
                           error.message()))
      .WithReason(reason::kEngineUnreachable);
}

}  // namespace mooring::docker
