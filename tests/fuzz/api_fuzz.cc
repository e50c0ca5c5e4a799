// SPDX-License-Identifier: Apache-2.0
// Bytes as a request to the API: what the server does with one between its socket and its answer.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "controller/cli/plan_request.h"
#include "controller/http/api.h"
#include "controller/http/streams.h"
#include "controller/web/admission.h"
#include "controller/web/problem.h"
#include "controller/web/request_rules.h"
#include "controller/web/router.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/message.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring::http {
namespace {

using fuzz::Check;

constexpr size_t kMaxHeader = 16u << 10;
constexpr size_t kMaxBody = 1u << 20;

/// A source with nothing in it.
class NoSource final : public Source {
 public:
  Result<Revision> Poll(std::stop_token) override {
    return Fail(ErrorCode::kUnavailable, "no source here");
  }
  Result<std::shared_ptr<const Artifact>> Fetch(const Revision&, std::stop_token) override {
    return Fail(ErrorCode::kUnavailable, "no source here");
  }
  Result<bool> GoesOn(const Revision&, const Revision&) override { return true; }
};

/// One App that was there before, and one event.
class SmallStore final : public StoreReader {
 public:
  SmallStore() {
    status_.key = {"App", "default", "gone"};
    event_.sequence = 1;
    event_.key = status_.key;
  }
  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override {
    return key == status_.key ? std::optional(status_) : std::nullopt;
  }
  Result<std::vector<ResourceStatus>> ListStatus() const override { return std::vector{status_}; }
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override {
    return query.after == 0 ? std::vector{event_} : std::vector<Event>();
  }

 private:
  ResourceStatus status_;
  Event event_;
};

class Api {
 public:
  Api() {
    for (web::Route& route : ApiRoutes(Backend(), streams_)) {
      // A stream is a connection; what opens one needs a socket.
      if (!route.pattern.ends_with("/stream")) router_.Add(std::move(route));
    }
  }

  /// As HttpServer does it.
  web::Response Answer(const fuzz::Message& message) {
    web::Request request{.headers = message.headers, .body = message.body};
    const size_t space = message.first.find(' ');
    request.method = message.first.substr(0, space);
    const std::string uri = space == std::string::npos ? "" : message.first.substr(space + 1);
    if (auto refusal = web::CheckHead(request, uri, kMaxHeader)) return *refusal;
    auto target = web::Target::Parse(uri);
    if (!target) return web::Problem(web::problem::kInvalidArgument, target.error().ToString());
    auto match = router_.Find(request.method, *target);
    if (!match) return std::move(match).error();
    auto caller = admission_.Admit(request.headers, *match->route, "127.0.0.1");
    if (!caller) return std::move(caller).error();
    if (auto refusal = web::CheckBody(request, *match->route, kMaxBody)) return *refusal;
    request.path = target->Path();
    request.params = std::move(match->params);
    request.query = std::move(target->query);
    request.caller = *std::move(caller);
    return match->route->handler(request);
  }

 private:
  static Result<Caller> KnowRoles(std::string_view token) {
    const auto role = ParseRole(token);
    if (!role) return Fail(ErrorCode::kUnauthenticated, "this API token is unknown");
    return Caller{std::string(token), std::string(token), *role, true};
  }
  static Result<Json> Plan(const Json& request, std::stop_token stop) {
    NoSource source;
    DesiredLoader loader;
    const auto load = [&](const FileTree& tree, const std::string& revision) {
      return loader.Load(tree, revision);
    };
    MOORING_TRY(const auto input, cli::ReadPlanRequest(request, source, load, nullptr, stop));
    return Json{{"resources", input.desired->resources().size()}};
  }
  static Held Hold(const HoldRequest& request) {
    return {.scope = request.scope, .hold = {.actor = request.who, .reason = request.reason}};
  }
  ApiBackend Backend() const {
    return {.store = store_,
            .readiness = [] { return std::vector<ReadinessPart>{{"git", false, "why"}}; },
            .render_metrics = [] { return std::string("up 1\n"); },
            .list_desired = [] { return std::vector<ResourcePtr>(); },
            .revision = [](const ResourceKey&) { return std::string(); },
            .find_desired = [](const ResourceKey&) { return ResourcePtr(); },
            .in_use_by = [](const ResourceKey&) { return std::vector<std::string>(); },
            .plan = Plan,
            .reconcile = [](const ReconcileRequest&) -> Result<size_t> { return 1; },
            .deliver =
                [](const web::Request& request) {
                  return request.params.at("name") == "forge" ? std::optional(webhook::Answer())
                                                              : std::nullopt;
                },
            .list_webhooks = [] { return std::vector<webhook::HookReport>(1); },
            .suspend = [](const HoldRequest& request) -> Result<Held> { return Hold(request); },
            .roll_back = [](const HoldRequest& request, std::stop_token) -> Result<Held> {
              return Hold(request);
            },
            .resume = [](const HoldRequest& request) -> Result<std::vector<Held>> {
              return std::vector{Hold(request)};
            }};
  }

  const SmallStore store_;
  testing::FakeClock clock_;
  Changes changes_;
  Streams streams_{clock_, changes_};
  web::Router router_;
  web::Admission admission_{
      clock_, {.requests = {}, .wrong_tokens = {.events = 1'000'000'000}}, KnowRoles};
};

void CheckAnswer(const web::Response& response) {
  Check(response.status >= 200 && response.status < 600, "an answer has a status");
  Check(response.status != 500, "nothing that is asked for makes the daemon fail");
  if (response.content_type.find("json") == std::string::npos) return;
  Check(nlohmann::json::accept(response.body), "an answer is JSON");
  if (response.status < 400 || response.status == 503) return;
  Check(response.content_type == "application/problem+json", "a refusal is a problem");
}

}  // namespace
}  // namespace mooring::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static mooring::http::Api api;
  mooring::http::CheckAnswer(
      api.Answer(mooring::fuzz::ReadMessage({reinterpret_cast<const char*>(data), size})));
  return 0;
}
