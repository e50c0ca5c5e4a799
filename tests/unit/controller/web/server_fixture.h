// SPDX-License-Identifier: Apache-2.0
// An HttpServer with a TCP and a unix listener and a few routes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>

#include "controller/net/http_client.h"
#include "controller/web/http_server.h"
#include "tests/support/http/raw_client.h"

namespace mooring::web {

class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "mooring-web-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    unix_path_ = folder_ / "s.sock";
  }
  ~ServerFixture() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// GET /hello, /quick, /big (4 MiB), /boom, /items/{kind}/{name}; POST /echo (body back), /upload
  /// (8 MiB allowed), /json (takes application/json). With a token of that role: GET /read,
  /// /operate. The tokens are "read", "operate", "admin" and "cli".
  void Start(Limits limits = {}) {
    server_ = std::make_unique<HttpServer>(clock_, Log(), limits, Authenticate);
    AddRoutes();
    const Listener tcp{.address = *ListenAddress::Parse("127.0.0.1:0")};
    const Listener unix_socket{.address = {.unix_path = unix_path_}};
    const Status started = server_->Start({tcp, unix_socket});
    ASSERT_TRUE(started) << started.error().ToString();
    port_ = server_->addresses().at(0).port;
  }

  void AddRoute(std::string method, std::string pattern, Handler handler,
                std::optional<Role> role = std::nullopt, size_t max_body = 0, bool quick = false) {
    server_->Handle(
        {std::move(method), std::move(pattern), role, std::move(handler), max_body, quick});
  }

  net::HttpClient OverTcp() const {
    return net::HttpClient({.base_url = "http://127.0.0.1:" + std::to_string(port_)});
  }
  net::HttpClient OverUnix() const {
    return net::HttpClient({.unix_socket = unix_path_, .base_url = "http://localhost"});
  }
  testing::RawClient Raw() const { return testing::RawClient::Tcp(port_); }

  /// True when the server answers a new client.
  bool Responsive() const {
    net::HttpClient client = OverTcp();
    const auto response = client.Do({.path = "/hello", .timeout = std::chrono::seconds(10)}, {});
    return response && response->status == 200;
  }

  /// Limits of so long for everything that a client may be slow with.
  static Limits Impatient(std::chrono::milliseconds patience) {
    return {.idle_timeout = patience,
            .header_timeout = patience,
            .body_timeout = patience,
            .send_timeout = patience};
  }

  SystemClock clock_;
  std::filesystem::path folder_;
  std::string unix_path_;
  uint16_t port_ = 0;
  std::unique_ptr<HttpServer> server_;

 private:
  static Result<Caller> Authenticate(std::string_view token) {
    if (token == "broken") return Fail(ErrorCode::kUnavailable, "the tokens cannot be read");
    if (token == "cli") return Caller{"id-cli", "cli", Role::kAdmin, true};
    const auto role = ParseRole(token);
    if (!role) return Fail(ErrorCode::kUnauthenticated, "this API token is unknown");
    return Caller{"id-" + std::string(token), std::string(token), *role};
  }
  void AddRoutes() {
    const auto text = [](std::string body) {
      return
          [body](const Request&) { return Response{.content_type = "text/plain", .body = body}; };
    };
    const auto echo = [](const Request& r) { return Response{.body = r.body}; };
    AddRoute("GET", "/hello", text("hello"));
    AddRoute("GET", "/quick", text("quick"), std::nullopt, 0, true);
    AddRoute("GET", "/big", text(std::string(4u << 20, 'x')));
    AddRoute("GET", "/boom", [](const Request&) -> Response { throw std::runtime_error("boom"); });
    AddRoute("POST", "/echo", echo);
    AddRoute("POST", "/upload", echo, std::nullopt, 8u << 20);
    server_->Handle({.method = "POST",
                     .pattern = "/json",
                     .role = std::nullopt,
                     .handler = echo,
                     .consumes = "application/json"});
    const auto name = [](const Request& r) { return Response{.body = r.caller->name}; };
    AddRoute("GET", "/read", name, Role::kRead);
    AddRoute("GET", "/operate", name, Role::kOperate);
    AddRoute("GET", "/items/{kind}/{name}", [](const Request& r) {
      return Response{.body = r.params.at("kind") + "|" + r.params.at("name") + "|" +
                              (r.query.contains("q") ? r.query.at("q") : "")};
    });
  }
};

}  // namespace mooring::web
