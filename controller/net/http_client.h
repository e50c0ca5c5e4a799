// SPDX-License-Identifier: Apache-2.0
// A blocking HTTP client that can be cut at any moment: over a unix socket or TCP, with TLS, whole
// bodies or streams. The only folder that sees libcurl.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring::net {

struct HttpRequest {
  std::string method = "GET";
  std::string path;                  ///< with query, percent-encoded: "/containers/json?all=1"
  std::vector<std::string> headers;  ///< "Name: value"; "Name;" sends an empty value
  std::string body;
  /// In place of `body`: its next part, which is empty at the end. An error of it is the
  /// exchange's.
  std::function<Result<std::string>()> upload = {};
  std::chrono::milliseconds timeout{30'000};  ///< for the whole exchange; 0 = none (streams)
  bool fresh_connection = false;              ///< do not reuse a kept-alive connection
};

struct HttpResponse {
  int status = 0;
  /// Lower-case names; trailers are in here too (Caddy 2.6 sends its ETag as one).
  std::map<std::string, std::string> headers;
  std::string body;
  std::chrono::microseconds took{0};

  bool ok() const { return status >= 200 && status < 300; }
};

/// Called for each part of a streamed body; false ends the stream without an error.
using OnData = std::function<bool(std::string_view)>;

/// Where requests go: one server. Thread-safe; calls run on the caller's thread, connections are
/// kept and shared. A transport failure is Unavailable, a passed timeout DeadlineExceeded, a stop
/// request Cancelled; any HTTP status is a success here.
class HttpClient {
 public:
  struct Endpoint {
    std::string unix_socket;  ///< path; empty: TCP
    std::string base_url;  ///< "http://localhost" for a unix socket, else "http://127.0.0.1:2019"
    std::chrono::milliseconds connect_timeout{5'000};
    size_t max_body =
        64u << 20;  ///< bytes of a response body that is not streamed; more is an error
  };
  explicit HttpClient(Endpoint endpoint);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> Do(const HttpRequest& request, std::stop_token stop);
  /// Each as by Do, at most `at_once` of them at the same time; what came of them, in their order.
  std::vector<Result<HttpResponse>> DoAll(const std::vector<HttpRequest>& requests, size_t at_once,
                                          std::stop_token stop);
  /// As Do, but a 2xx body goes to `on_data` in parts as they come (others are collected in
  /// `body`).
  Result<HttpResponse> Stream(const HttpRequest& request, const OnData& on_data,
                              std::stop_token stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Percent-encodes everything but unreserved characters (RFC 3986, 2.3).
std::string EscapeQuery(std::string_view text);

}  // namespace mooring::net
