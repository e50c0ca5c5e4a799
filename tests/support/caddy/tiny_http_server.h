// SPDX-License-Identifier: Apache-2.0
// The smallest HTTP/1.1 server: one request per connection, one connection at a time, on a thread
// of its own. `handler` runs on that thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>

namespace mooring::test {

struct TinyRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  ///< lower-case names
  std::string body;
};

/// "HTTP/1.1 200 OK..." with a Content-Length.
std::string TinyResponse(int status, const std::string& body, const std::string& headers = "");

class TinyHttpServer {
 public:
  using Handler = std::function<std::string(const TinyRequest&)>;  ///< gives the raw response
  /// On a unix socket, or for an empty path on a free port of 127.0.0.1.
  TinyHttpServer(const std::string& unix_socket, Handler handler);
  ~TinyHttpServer();
  int port() const { return port_; }

 private:
  void Run(std::stop_token stop);
  void Serve(int fd);
  Handler handler_;
  int port_ = 0;
  int listener_ = -1;  ///< after port_, which opening it sets
  std::jthread thread_;
};

/// A port of 127.0.0.1 that nobody listens on now.
int FreePort();

}  // namespace mooring::test
