// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on loopback addresses and unix sockets. Routes first, then Start, then Stop;
// these three from one thread. Handlers run on a small pool, several at a time, and must be
// thread-safe. Main owns it.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/log.h"
#include "controller/web/admission.h"
#include "controller/web/listen.h"
#include "controller/web/message.h"

namespace mooring::web {

struct Limits {
  size_t max_connections =
      256;  ///< of one listener; beyond it the one that keeps us waiting longest is cut
  size_t max_header = 16u << 10;                     ///< bytes of request line and headers together
  size_t max_body = 1u << 20;                        ///< bytes; a route may allow more
  std::chrono::milliseconds idle_timeout{60'000};    ///< before a request's first line has come
  std::chrono::milliseconds header_timeout{10'000};  ///< from there to the end of its headers
  std::chrono::milliseconds body_timeout{30'000};    ///< from there to its end
  std::chrono::milliseconds send_timeout{60'000};    ///< for the client to take the answer
  RateLimiter::Rate requests = {};                   ///< of one token; more are answered with 429
  RateLimiter::Rate wrong_tokens = {.events = 20};   ///< of one peer; more are answered with 429
  size_t threads = 4;                                ///< that run handlers
  size_t max_queued = 64;  ///< requests that wait for one of them; more are answered with 503
};

class HttpServer {
 public:
  /// `clock` must outlive the server. Without `authenticate` no token is known.
  HttpServer(Clock& clock, Log log, Limits limits = {}, Authenticator authenticate = nullptr);
  /// Stops at once if it still runs.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// REQUIRES: not started.
  void Handle(Route route);
  /// "GET /api/v1/events", as they were registered.
  std::vector<std::string> routes() const;
  /// Listens on all of them or, when one fails, on none.
  Status Start(const std::vector<Listener>& listeners);
  /// Where it listens, with the ports that were chosen.
  std::vector<ListenAddress> addresses() const;
  /// Takes no new requests, lets those that run end until `deadline`, then requests their stop,
  /// waits for their handlers and closes every connection. Socket files are removed.
  void Stop(SteadyTime deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::web
