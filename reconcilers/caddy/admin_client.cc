// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/admin_client.h"

#include "controller/base/redact.h"
#include "controller/resource/reasons.h"
#include "reconcilers/caddy/secret_places.h"

namespace mooring::caddy {
namespace {

Result<net::HttpResponse> Send(net::HttpClient& client, const net::HttpRequest& request,
                               const OnRequest& on_request, std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  auto response = client.Do(request, stop);
  if (on_request) {
    on_request(request.method, request.path, response ? response->status : 0,
               std::chrono::steady_clock::now() - start);
  }
  return response;
}

}  // namespace

ConfigReader::ConfigReader(AdminOptions options)
    : options_(std::move(options)),
      client_(std::make_unique<net::HttpClient>(options_.address.Endpoint())) {}
ConfigReader::~ConfigReader() = default;

Error ConfigReader::Unreachable(const Error& error, const Error& fallback) const {
  const std::string stranger =
      fallback.code() == ErrorCode::kFailedPrecondition ? " " + fallback.message() : "";
  return Error(error.code(),
               fmt::format("{}; is Caddy running (systemctl status caddy), and is this its admin "
                           "address (caddy.admin in mooring.yaml)?{}",
                           error.message(), stranger))
      .WithContext("read Caddy's configuration at " + options_.address.text)
      .WithReason(reason::kCaddyUnreachable);
}

Result<net::HttpResponse> ConfigReader::Get(const AdminAddress& from, net::HttpClient& client,
                                            std::string path, std::stop_token stop) {
  return Send(client,
              {.path = std::move(path),
               .headers = from.Headers(),
               .timeout = options_.timeout,
               .fresh_connection = true},
              options_.on_request, stop);
}

Result<ConfigReading> ConfigReader::ReadFrom(const AdminAddress& address, net::HttpClient& client,
                                             std::stop_token stop) {
  MOORING_TRY(net::HttpResponse response, Get(address, client, "/config/", stop));
  if (!response.ok()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("it answers {}: {}", response.status, UsefulCause(response.body)));
  }
  ConfigReading reading{
      .body = std::move(response.body), .etag = response.headers["etag"], .from = address};
  // Caddy sends its ETag as a header since 2.8, before as a trailer.
  reading.capabilities.keeps_streams =
      !reading.etag.empty() && !response.headers.contains("trailer");
  return reading;
}

Result<ConfigReading> ConfigReader::ReadFallback(const Recognize& ours, std::stop_token stop) {
  if (options_.fallback.empty() || options_.address.unix_socket.empty()) {
    return Fail(ErrorCode::kNotFound, "there is no other address to look at");
  }
  MOORING_TRY(const AdminAddress address, AdminAddress::Parse(options_.fallback));
  net::HttpClient client(address.Endpoint());
  auto reading = ReadFrom(address, client, stop);
  if (!reading) return Fail(ErrorCode::kNotFound, reading.error().ToString());
  if (ours && ours(reading->body)) return reading;
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("A Caddy answers at {}, but it may be another one, so it is left alone: "
                          "Mooring only follows a Caddy there that it has reached at {} since "
                          "it started, and that is empty or holds just the Sites it held "
                          "then. If it is yours, restart it with its admin address set "
                          "(systemctl restart caddy)",
                          address.text, options_.address.text));
}

Result<ConfigReading> ConfigReader::Read(std::stop_token stop, const Recognize& ours) {
  // A dead socket costs the whole timeout, so look first where Caddy was last.
  if (moved_) {
    if (auto reading = ReadFallback(ours, stop)) return reading;
    moved_ = false;
  }
  auto reading = ReadFrom(options_.address, *client_, stop);
  if (reading || reading.error().code() == ErrorCode::kCancelled) return reading;
  auto other = ReadFallback(ours, stop);
  moved_ = other.has_value();
  if (other) return other;
  return std::unexpected(Unreachable(reading.error(), other.error()));
}

Result<std::string> ConfigReader::Version(std::stop_token stop) {
  MOORING_TRY(const ConfigReading reading, Read(stop));
  std::string otherwise = reading.capabilities.keeps_streams ? "2.8 or newer" : "older than 2.8";
  net::HttpClient client(reading.from.Endpoint());
  const auto metrics = Get(reading.from, client, "/metrics", stop);
  if (!metrics || !metrics->ok()) return otherwise;
  // go_build_info{...,version="v2.10.2"} 1; distributions often leave it empty.
  const size_t line = metrics->body.find("\ngo_build_info{");
  if (line == std::string::npos) return otherwise;
  const size_t begin = metrics->body.find("version=\"v2.", line);
  if (begin == std::string::npos || begin > metrics->body.find('\n', line + 1)) return otherwise;
  const size_t value = begin + std::string_view("version=\"").size();
  return metrics->body.substr(value, metrics->body.find('"', value) - value);
}

Status ConfigWriter::Replace(const AdminAddress& to, const std::string& etag, const Json& config,
                             std::stop_token stop) {
  if (etag.empty()) {
    return Fail(ErrorCode::kInternal,
                fmt::format("Caddy at {} sent no ETag, so a change by somebody else could be lost; "
                            "is something between Mooring and Caddy?",
                            to.text));
  }
  // An empty body would wipe Caddy; an object is never empty text.
  if (!config.is_object()) return Fail(ErrorCode::kInternal, "refusing to load what is no object");
  net::HttpRequest request{.method = "POST", .path = "/config/", .headers = to.Headers()};
  request.headers.push_back("If-Match: " + etag);
  request.body = config.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.timeout = timeout_;
  request.fresh_connection = true;
  net::HttpClient client(to.Endpoint());
  auto response = Send(client, request, on_request_, stop);
  if (!response) {
    return std::unexpected(response.error()
                               .WithContext("load Caddy's configuration at " + to.text)
                               .WithReason(reason::kCaddyUnreachable));
  }
  if (response->ok()) return {};
  if (response->status == 412) {
    return Fail(ErrorCode::kAborted,
                "Caddy's configuration was changed by somebody else meanwhile");
  }
  // Caddy may quote what it was given.
  const std::string cause = UsefulCause(Redact(std::move(response->body), SecretsIn(config)));
  if (cause.find("listening on") != std::string::npos) {
    return std::unexpected(Error(ErrorCode::kFailedPrecondition,
                                 "Caddy could not listen and keeps its old configuration: " + cause)
                               .WithReason(reason::kPortConflict));
  }
  return std::unexpected(Error(ErrorCode::kInvalidArgument, "Caddy rejects it: " + cause)
                             .WithReason(reason::kCaddyRejected));
}

std::string UsefulCause(const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  std::string text = answer.is_object() ? answer.value("error", body) : body;
  while (text.ends_with('\n')) text.pop_back();
  // "loading new config: loading http app module: provision http: server mooring_https: setting up
  // route handlers: route 3: loading handler modules: position 0: loading module 'x': ...".
  for (const std::string_view marker : {"loading module '", "start: ", "route "}) {
    const size_t last = text.rfind(marker);
    if (last == std::string::npos) continue;
    return text.substr(marker == "start: " ? last + marker.size() : last);
  }
  return text;
}

}  // namespace mooring::caddy
