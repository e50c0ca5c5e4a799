// SPDX-License-Identifier: Apache-2.0
// The API over real sockets, on a store and a backend that the test fills.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "controller/http/api.h"
#include "controller/http/streams.h"
#include "controller/net/http_client.h"

namespace mooring::http {

/// Statuses and events as the test put them; any call fails once `failure` is set.
class ListedStore final : public StoreReader {
 public:
  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override {
    if (failure) return std::unexpected(*failure);
    for (const auto& status : statuses) {
      if (status.key == key) return status;
    }
    return std::nullopt;
  }
  Result<std::vector<ResourceStatus>> ListStatus() const override {
    if (failure) return std::unexpected(*failure);
    return statuses;
  }
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override {
    if (failure) return std::unexpected(*failure);
    std::vector<Event> found;
    for (const Event& event : events) {
      if (event.sequence <= query.after || (query.key && event.key != *query.key)) continue;
      found.push_back(event);
    }
    if (found.size() <= query.limit) return found;
    const auto excess = static_cast<long>(found.size() - query.limit);
    query.from_oldest ? found.erase(found.end() - excess, found.end())
                      : found.erase(found.begin(), found.begin() + excess);
    return found;
  }
  std::vector<ResourceStatus> statuses;
  std::vector<Event> events;
  std::optional<Error> failure;
};

/// The tokens are "read", "operate" and "admin".
inline Result<Caller> KnowRoles(std::string_view token) {
  const auto role = ParseRole(token);
  if (!role) return Fail(ErrorCode::kUnauthenticated, "this API token is unknown");
  return Caller{std::string(token), std::string(token), *role};
}

class ApiTest : public ::testing::Test {
 protected:
  explicit ApiTest(ApiOptions options = {}) {
    for (const char* name :
         {"App/default/shop", "App/default/wiki", "Site/default/shop", "Host/harbour-1"}) {
      auto resource = std::make_shared<Resource>();
      resource->key = *ResourceKey::Parse(name);
      resource->spec = {{"of", name}};
      desired_.push_back(std::move(resource));
    }
    ResourceStatus gone;
    gone.key = {"App", "default", "old-blog"};
    store_.statuses = {gone};
    std::string folder = (std::filesystem::temp_directory_path() / "mooring-api-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    socket_ = folder_ / "s.sock";
    RegisterApi(
        server_,
        {.store = store_,
         .readiness = [this] { return parts_; },
         .render_metrics = [] { return std::string("mooring_queue_depth 0\n"); },
         .list_desired = [this] { return desired_; },
         .revision =
             [](const ResourceKey&) {
               return std::string("main@sha1:4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96");
             },
         .find_desired = [this](const ResourceKey& key) { return Find(key); },
         .in_use_by =
             [](const ResourceKey& key) {
               return key.kind == "App" ? std::vector<std::string>{"Site/default/shop"}
                                        : std::vector<std::string>{};
             },
         .plan = [this](const Json& body, std::stop_token) { return plan_(body); },
         .reconcile =
             [this](const ReconcileRequest& request) {
               reconciled_ = request;
               return size_t{request.resource ? 1u : desired_.size()};
             },
         .deliver = [this](const web::Request& request) { return deliver_(request); },
         .list_webhooks = [this] { return webhooks_; },
         .suspend = [this](const HoldRequest& request) { return Keep(request); },
         .roll_back = [this](const HoldRequest& request, std::stop_token) { return Keep(request); },
         .resume = [this](const HoldRequest& request) -> Result<std::vector<Held>> {
           return std::vector{*Keep(request)};
         }},
        streams_, options);
    EXPECT_TRUE(server_.Start({{.address = *web::ListenAddress::Parse("127.0.0.1:0")},
                               {.address = {.unix_path = socket_}}}));
  }
  ~ApiTest() override {
    server_.Stop(clock_.Steady());
    std::filesystem::remove_all(folder_);
  }

  Result<Held> Keep(const HoldRequest& request) {
    held_ = request;
    return Held{.scope = request.scope, .hold = {.actor = request.who, .reason = request.reason}};
  }
  ResourcePtr Find(const ResourceKey& key) const {
    for (const ResourcePtr& resource : desired_) {
      if (resource->key == key) return resource;
    }
    return nullptr;
  }
  /// With the token "admin", unless the request has its own.
  net::HttpResponse Ask(net::HttpRequest request) {
    if (request.headers.empty() || !request.headers.front().starts_with("Authorization")) {
      request.headers.emplace_back("Authorization: Bearer admin");
    }
    if (!request.body.empty()) request.headers.emplace_back("Content-Type: application/json");
    net::HttpClient client({.unix_socket = socket_, .base_url = "http://localhost"});
    auto response = client.Do(request, {});
    EXPECT_TRUE(response) << response.error().ToString();
    return response.value_or(net::HttpResponse{});
  }
  /// Says that `size` bytes will come and sends one: whoever is refused before would else write to
  /// a connection that is closed.
  net::HttpResponse Announce(const std::string& path, size_t size) {
    return Ask({.method = "POST",
                .path = path,
                .headers = {"Authorization: Bearer admin", fmt::format("Content-Length: {}", size)},
                .body = " "});
  }
  net::HttpResponse Get(const std::string& path) { return Ask({.path = path}); }
  net::HttpResponse GetWith(const std::string& token, const std::string& path) {
    return Ask({.path = path, .headers = {"Authorization: Bearer " + token}});
  }
  net::HttpResponse GetOverTcp(const std::string& path) {
    net::HttpClient client({.base_url = "http://" + server_.addresses().at(0).ToString()});
    return client.Do({.path = path}, {}).value_or(net::HttpResponse{});
  }
  std::vector<std::string> NamesAt(const std::string& path) {
    std::vector<std::string> names;
    const Json list = Json::parse(Get(path).body);
    for (const Json& item : list["items"]) {
      names.push_back(item["kind"].get<std::string>() + "/" +
                      item["metadata"]["name"].get<std::string>());
    }
    return names;
  }

  SystemClock clock_;
  std::filesystem::path folder_;
  std::string socket_;
  ListedStore store_;
  std::vector<ResourcePtr> desired_;
  std::vector<ReadinessPart> parts_ = {{"git", true, ""}, {"engine", true, ""}};
  std::function<Result<Json>(const Json&)> plan_ = [](const Json& body) -> Result<Json> {
    return Json{{"planned", body}};
  };
  std::function<std::optional<webhook::Answer>(const web::Request&)> deliver_ =
      [](const web::Request&) { return std::nullopt; };
  std::vector<webhook::HookReport> webhooks_;
  std::optional<ReconcileRequest> reconciled_;  ///< the last that was asked for
  std::optional<HoldRequest> held_;             ///< the last suspend, rollback or resume
  Changes changes_;
  Streams streams_{clock_, changes_};
  web::HttpServer server_{clock_, Log(), {}, KnowRoles};
};

}  // namespace mooring::http
