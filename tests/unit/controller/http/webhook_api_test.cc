// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/controller/http/api_fixture.h"

namespace mooring::http {
namespace {

using std::chrono_literals::operator""ms;
using webhook::Outcome;

class WebhookApi : public ApiTest {
 protected:
  net::HttpResponse Post(const std::string& path, const std::string& body = "{}") {
    return Ask({.method = "POST", .path = path, .body = body});
  }
  net::HttpResponse PostAnswered(const webhook::Answer& answer) {
    deliver_ = [answer](const web::Request&) { return answer; };
    return Post("/webhooks/forge");
  }
};

TEST_F(WebhookApi, ADeliveryNeedsNoTokenAndArrivesAsItWasSent) {
  std::string seen;
  deliver_ = [&](const web::Request& request) {
    seen = fmt::format("{} {} {}", request.params.at("name"), request.headers.at("x-one"),
                       request.body);
    return webhook::Answer{Outcome::kAccepted, "done"};
  };
  net::HttpClient client({.base_url = "http://" + server_.addresses().at(0).ToString()});
  const auto response = client.Do({.method = "POST",
                                   .path = "/webhooks/forge",
                                   .headers = {"X-One: 1", "Content-Type: text/plain"},
                                   .body = std::string("\xff {}\n")},
                                  {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 202);
  EXPECT_EQ(response->body, "{\"result\":\"accepted\",\"message\":\"done\"}\n");
  EXPECT_EQ(seen, "forge 1 \xff {}\n");
}

TEST_F(WebhookApi, EachOutcomeHasItsStatus) {
  const std::pair<Outcome, int> expected[] = {{Outcome::kAccepted, 202},   {Outcome::kIgnored, 202},
                                              {Outcome::kRepeated, 202},   {Outcome::kRefused, 401},
                                              {Outcome::kLimited, 429},    {Outcome::kInvalid, 400},
                                              {Outcome::kUnavailable, 503}};
  for (const auto& [outcome, status] : expected) {
    const auto response = PostAnswered({outcome, "why", 1500ms});
    EXPECT_EQ(response.status, status) << OutcomeName(outcome);
    EXPECT_EQ(response.headers.at("content-type"),
              status == 202 ? "application/json" : "application/problem+json");
  }
  EXPECT_EQ(PostAnswered({Outcome::kLimited, "", 1500ms}).headers.at("retry-after"), "2");
  EXPECT_EQ(PostAnswered({Outcome::kRefused, ""}).headers.count("www-authenticate"), 1U);
}

TEST_F(WebhookApi, WhatIsNotThereIsRefusedBeforeItIsRead) {
  EXPECT_EQ(Post("/webhooks/none").status, 404);
  EXPECT_EQ(Post("/webhooks").status, 404);
  EXPECT_EQ(Post("/webhooks/").status, 404);
  const auto got = Get("/webhooks/none");
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.headers.at("allow"), "POST");
  deliver_ = [](const web::Request&) -> std::optional<webhook::Answer> {
    ADD_FAILURE() << "it is too large";
    return std::nullopt;
  };
  EXPECT_EQ(Announce("/webhooks/forge", (1u << 20) + 1).status, 413);
}

TEST_F(WebhookApi, ListsWhatCameOfTheLastDelivery) {
  webhooks_ = {{.name = "forge",
                .sender = webhook::Sender::kGitea,
                .source = "fleet",
                .ref = "refs/heads/main",
                .has_secret = true,
                .deliveries = 2,
                .last = webhook::LastDelivery{.at = Time(),
                                              .id = "72d3",
                                              .event = "push",
                                              .signature = "wrong",
                                              .outcome = Outcome::kRefused,
                                              .message = "no"}}};
  EXPECT_EQ(Json::parse(Get("/api/v1/webhooks").body)["items"][0], Json::parse(R"({
    "name": "forge", "type": "gitea", "path": "/webhooks/forge", "source": "fleet",
    "ref": "refs/heads/main", "secret": true, "deliveries": 2,
    "last": {"time": "1970-01-01T00:00:00Z", "delivery": "72d3", "event": "push",
             "signature": "wrong", "result": "refused", "message": "no"},
    "lastValid": null, "sourceMoved": null})"));
  EXPECT_EQ(Get("/api/v1/webhooks?name=forge").status, 400);
  EXPECT_EQ(GetOverTcp("/api/v1/webhooks").status, 401);
}

}  // namespace
}  // namespace mooring::http
