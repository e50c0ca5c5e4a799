// SPDX-License-Identifier: Apache-2.0
// Requests to one Docker engine: the negotiated API version in front, counted, failed answers
// turned into errors that say what to do. Thread-safe.
#pragma once

#include <initializer_list>
#include <stop_token>
#include <string>

#include "controller/base/guarded.h"
#include "controller/net/http_client.h"
#include "reconcilers/docker/io/docker_client.h"

namespace mooring::docker {

inline constexpr std::chrono::milliseconds kReadTimeout{30'000};
inline constexpr std::chrono::milliseconds kWriteTimeout{120'000};
inline constexpr std::chrono::milliseconds kTransferTimeout = std::chrono::minutes(30);

class EngineTransport {
 public:
  /// `pace` may be null: then nothing is held back.
  EngineTransport(std::string socket, OnRequest on_request, EnginePace* pace = nullptr);

  /// Asks for the engine's version and speaks it from now on.
  Result<EngineInfo> Ping(std::stop_token stop);

  /// What is spoken: "1.41".
  Result<std::string> ApiVersion(std::stop_token stop);

  /// A request whose non-2xx answers are errors, except those in `fine`.
  Result<net::HttpResponse> Call(net::HttpRequest request, std::initializer_list<int> fine,
                                 std::stop_token stop);
  Result<Json> Get(const std::string& path, std::stop_token stop);
  Status Post(const std::string& path, const Json& body, std::initializer_list<int> fine,
              std::stop_token stop, std::chrono::milliseconds timeout = kWriteTimeout);
  /// Each as by Post without a body, a few at a time; what came of them, in their order.
  std::vector<Status> PostAll(const std::vector<std::string>& paths,
                              std::initializer_list<int> fine, std::stop_token stop);
  Status Delete(const std::string& path, std::initializer_list<int> fine, std::stop_token stop);
  Result<net::HttpResponse> Stream(net::HttpRequest request, const net::OnData& on_data,
                                   std::stop_token stop);

 private:
  Result<std::string> Versioned(const std::string& path, std::stop_token stop);
  Result<net::HttpResponse> Send(net::HttpRequest request, std::stop_token stop);
  /// As it goes out: the version in front, when its turn has come.
  Result<net::HttpRequest> Prepared(net::HttpRequest request, std::stop_token stop);
  /// What came of it, counted.
  Result<net::HttpResponse> Received(const net::HttpRequest& request,
                                     Result<net::HttpResponse> response, Duration took);
  Error Explain(const Error& error);

  const std::string socket_;
  net::HttpClient client_;
  OnRequest on_request_;
  EnginePace* const pace_;
  Guarded<std::string> prefix_;  ///< "/v1.41"; empty: to be negotiated
};

/// What a failed answer means. The engine's codes are coarse (a taken port is a 500), so the text
/// decides where it must.
Error ErrorOfAnswer(int status, const std::string& body);

/// JSON for the engine; bytes that are no UTF-8 are replaced, not thrown about.
std::string DumpForEngine(const Json& body);

}  // namespace mooring::docker
