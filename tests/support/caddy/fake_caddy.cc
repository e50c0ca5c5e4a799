// SPDX-License-Identifier: Apache-2.0
#include "tests/support/caddy/fake_caddy.h"

#include <fmt/format.h>

#include <set>

#include "controller/base/digest.h"

namespace mooring::test {
namespace {

const std::set<std::string> kHandlers = {"authentication", "encode",  "headers",
                                         "reverse_proxy",  "rewrite", "static_response",
                                         "subroute"};
const std::set<std::string> kPolicies = {"first", "ip_hash", "least_conn", "random", "round_robin"};

std::string Body(const Json& config) { return config.dump() + "\n"; }

/// The first module that this Caddy does not have; empty when it has all.
std::string UnknownModule(const Json& value) {
  if (value.is_object()) {
    const std::string handler = value.value("handler", "subroute");
    if (!kHandlers.contains(handler)) {
      return fmt::format("loading module '{}': unknown module: http.handlers.{}", handler, handler);
    }
    const Json policy = value.value("selection_policy", Json::object()).value("policy", "random");
    if (!kPolicies.contains(policy.get<std::string>())) {
      const std::string name = policy.get<std::string>();
      return fmt::format(
          "loading module '{}': unknown module: http.reverse_proxy.selection_policies.{}", name,
          name);
    }
  }
  if (!value.is_structured()) return "";
  for (const Json& below : value) {
    if (std::string unknown = UnknownModule(below); !unknown.empty()) return unknown;
  }
  return "";
}

std::string ErrorBody(const std::string& text) { return Json{{"error", text}}.dump() + "\n"; }

}  // namespace

FakeCaddy::FakeCaddy(const std::filesystem::path& folder)
    : socket_((folder / "admin.sock").string()) {
  config_["admin"]["listen"] = admin();
  Start();
}

void FakeCaddy::Start() {
  server_ = std::make_unique<TinyHttpServer>(
      socket_, [this](const TinyRequest& request) { return Handle(request); });
}

void FakeCaddy::Stop() {
  server_.reset();
  std::filesystem::remove(socket_);
}

int FakeCaddy::Writes() {
  std::scoped_lock lock(mutex_);
  return writes_;
}

int FakeCaddy::Rejections() {
  std::scoped_lock lock(mutex_);
  return rejections_;
}

Json FakeCaddy::Config() {
  std::scoped_lock lock(mutex_);
  return config_;
}

void FakeCaddy::Overwrite(Json config) {
  std::scoped_lock lock(mutex_);
  config_ = std::move(config);
  config_["admin"]["listen"] = admin();
}

void FakeCaddy::FailNextWrite(int status, std::string error) {
  std::scoped_lock lock(mutex_);
  fail_next_.emplace(status, std::move(error));
}

void FakeCaddy::AfterNextRead(std::function<void(Json& config)> change) {
  std::scoped_lock lock(mutex_);
  after_read_ = std::move(change);
}

std::string FakeCaddy::Etag() const {
  return fmt::format("\"/config/ {}\"", Sha256Hex(Body(config_)).substr(0, 8));
}

std::string FakeCaddy::Handle(const TinyRequest& request) {
  std::scoped_lock lock(mutex_);
  if (const auto host = request.headers.find("host");
      host != request.headers.end() && !host->second.empty()) {
    return TinyResponse(403, ErrorBody("host not allowed: " + host->second));
  }
  if (request.method == "POST" && request.path == "/config/") return Write(request, true);
  if (request.method == "POST" && request.path == "/load") return Write(request, false);
  if (request.method == "GET" && request.path == "/config/") {
    const std::string body = Body(config_);
    const std::string response = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTrailer: ETag\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{}\r\n0\r\nEtag: "
        "{}\r\n\r\n",
        body.size(), body, Etag());
    if (after_read_) std::exchange(after_read_, nullptr)(config_);
    return response;
  }
  return TinyResponse(404, ErrorBody("not found"));
}

std::string FakeCaddy::Write(const TinyRequest& request, bool compare) {
  const auto match = request.headers.find("if-match");
  if (compare && match != request.headers.end() && match->second != Etag()) {
    return TinyResponse(412, ErrorBody("If-Match header did not match current config hash"));
  }
  if (fail_next_) {
    const auto [status, error] = *std::exchange(fail_next_, std::nullopt);
    ++rejections_;
    return TinyResponse(status, ErrorBody(error));
  }
  const Json next = request.body.empty() ? Json() : Json::parse(request.body, nullptr, false);
  if (next.is_discarded()) return TinyResponse(400, ErrorBody("invalid JSON"));
  if (const std::string unknown = UnknownModule(next); !unknown.empty()) {
    ++rejections_;
    return TinyResponse(500,
                        ErrorBody("loading new config: loading http app module: provision http: "
                                  "server mooring_http: setting up route handlers: route 0: " +
                                  unknown));
  }
  config_ = next;
  if (compare) ++writes_;
  return TinyResponse(200, "");
}

}  // namespace mooring::test
