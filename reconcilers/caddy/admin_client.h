// SPDX-License-Identifier: Apache-2.0
// Caddy's admin API, reading and writing apart. Thread-safe; connections are made per request, as
// each change of the configuration makes Caddy drop the ones that are open.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "controller/base/error.h"
#include "controller/net/http_client.h"
#include "reconcilers/caddy/admin_address.h"
#include "reconcilers/caddy/gateway_config.h"

namespace mooring::caddy {

/// Called after each request, for metrics: method, HTTP status (0: no answer), time it took.
using OnRequest = std::function<void(const std::string& method, const std::string& path, int status,
                                     Duration took)>;

struct AdminOptions {
  AdminAddress address;
  /// Where to look when nobody answers at the unix socket: Caddy without an admin block listens
  /// here, and newer ones leave a dead socket behind. Empty: nowhere.
  std::string fallback = kDefaultAdmin;
  std::chrono::milliseconds timeout{5'000};
  OnRequest on_request;
};

/// One reading of the whole configuration.
struct ConfigReading {
  std::string body;   ///< canonical JSON: equal bytes mean an equal configuration
  std::string etag;   ///< empty when Caddy sent none
  AdminAddress from;  ///< a write must go there too
  Capabilities capabilities;
};

class ConfigReader {
 public:
  explicit ConfigReader(AdminOptions options);
  ~ConfigReader();

  /// Whether a configuration at the fallback address is that of our Caddy, which lost its socket.
  using Recognize = std::function<bool(const std::string& body)>;

  /// GET /config/. Unavailable or DeadlineExceeded (reason CaddyUnreachable) say how to find out
  /// why. What answers at the fallback address may be the Caddy of somebody else: it is no answer
  /// unless `ours` recognizes it.
  Result<ConfigReading> Read(std::stop_token stop, const Recognize& ours = {});
  /// "v2.10.2", or what can be told of it: "older than 2.8". Never empty.
  Result<std::string> Version(std::stop_token stop);
  const AdminOptions& options() const { return options_; }

 private:
  Result<net::HttpResponse> Get(const AdminAddress& from, net::HttpClient& client, std::string path,
                                std::stop_token stop);
  Result<ConfigReading> ReadFrom(const AdminAddress& address, net::HttpClient& client,
                                 std::stop_token stop);
  /// From the fallback address; NotFound when nobody answers there, FailedPrecondition when it is
  /// not recognized.
  Result<ConfigReading> ReadFallback(const Recognize& ours, std::stop_token stop);
  Error Unreachable(const Error& error, const Error& fallback) const;
  AdminOptions options_;
  std::unique_ptr<net::HttpClient> client_;
  std::atomic<bool> moved_ = false;  ///< the last answer came from the fallback address
};

class ConfigWriter {
 public:
  explicit ConfigWriter(OnRequest on_request = {},
                        std::chrono::milliseconds timeout = std::chrono::milliseconds(60'000))
      : on_request_(std::move(on_request)), timeout_(timeout) {}

  /// Replaces the whole configuration, if it still is the one of `etag`: one reload.
  /// Aborted: somebody changed it meanwhile. InvalidArgument (reason CaddyRejected): Caddy refuses
  /// it and keeps the old one; FailedPrecondition (reason PortConflict): it could not listen.
  Status Replace(const AdminAddress& to, const std::string& etag, const Json& config,
                 std::stop_token stop);

 private:
  OnRequest on_request_;
  std::chrono::milliseconds timeout_;
};

/// The part of Caddy's answer that helps: the cause without the chain of what was being loaded.
std::string UsefulCause(const std::string& body);

}  // namespace mooring::caddy
