// SPDX-License-Identifier: Apache-2.0
// A push that a forge tells of, while the poll interval is an hour.
#include <sys/stat.h>

#include "tests/e2e/world.h"
#include "tests/support/webhook/sign.h"

namespace mooring::test {
namespace {

using testing::PushBody;
using testing::Sign;

constexpr char kSecret[] = "s3cret-of-the-forge";
constexpr char kMain[] = "refs/heads/main";

class Webhook : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    secret_file_ = world_->File("webhook-secret");
    SetSecret(kSecret);
    world_->SetSources(Json::array(
        {{{"name", "fleet"},
          {"url", world_->repo.url()},
          {"pollInterval", "1h"},
          {"webhooks", Json::array({HookOf("hub", "github"), HookOf("lab", "gitlab"),
                                    HookOf("tea", "gitea"), HookOf("any", "generic-hmac")})}}}));
    head_ = CommitGreeting("first");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return Follows(head_); }));
  }
  Json HookOf(const std::string& name, const std::string& type) const {
    return {{"name", name}, {"type", type}, {"secretFile", secret_file_}};
  }
  void SetSecret(const std::string& secret) {
    WriteText(secret_file_, secret + "\n");
    ::chmod(secret_file_.c_str(), 0600);
  }
  std::string CommitGreeting(const std::string& greeting) {
    world_->Write("apps/shop.yaml", world_->App("shop"));
    world_->repo.Write("README.md", greeting);
    return head_ = world_->Commit(greeting);
  }
  bool Follows(const std::string& commit) {
    return world_->Get("Host", world_->ns)["status"].value("lastAppliedRevision", "") ==
           "main@sha1:" + commit;
  }
  bool FollowsSoon(const std::string& commit) {
    return Eventually(kSoon, [&] { return Follows(commit); });
  }
  net::HttpResponse Post(const std::string& hook, const std::vector<std::string>& headers,
                         const std::string& body) {
    net::HttpClient client({.base_url = fmt::format("http://127.0.0.1:{}", world_->daemon_port)});
    return client
        .Do({.method = "POST", .path = "/webhooks/" + hook, .headers = headers, .body = body}, {})
        .value_or(net::HttpResponse{});
  }
  net::HttpResponse PostHub(const std::string& id, const std::string& body,
                            const std::string& secret = kSecret) {
    return Post("hub",
                {"Content-Type: application/json", "X-GitHub-Event: push",
                 "X-GitHub-Delivery: " + id, "X-Hub-Signature-256: sha256=" + Sign(secret, body)},
                body);
  }
  static std::string Field(const net::HttpResponse& response, const char* name) {
    const Json body = Json::parse(response.body, nullptr, false);
    return body.is_object() ? body.value(name, "") : "";
  }
  double Looks() const {
    return world_->Metric("mooring_webhook_deliveries_total", {"result=\"accepted\""});
  }

  std::string secret_file_;
  std::string head_;
};

TEST_F(Webhook, ASignedPushOfEachForgeBringsTheCommitAtOnce) {
  std::string body = PushBody(kMain, CommitGreeting("hub"));
  EXPECT_EQ(PostHub("1", body).status, 202);
  EXPECT_TRUE(FollowsSoon(head_));

  body = PushBody(kMain, CommitGreeting("lab"));
  const auto lab = Post("lab",
                        {"Content-Type: application/json", "X-Gitlab-Event: Push Hook",
                         "X-Gitlab-Event-UUID: 1", std::string("X-Gitlab-Token: ") + kSecret},
                        body);
  EXPECT_EQ(Field(lab, "result"), "accepted") << lab.body;
  EXPECT_TRUE(FollowsSoon(head_));

  body = PushBody(kMain, CommitGreeting("tea"));
  const auto tea = Post("tea",
                        {"Content-Type: application/json", "X-Gitea-Event: push",
                         "X-Gitea-Delivery: 1", "X-Gitea-Signature: " + Sign(kSecret, body)},
                        body);
  EXPECT_EQ(Field(tea, "result"), "accepted") << tea.body;
  EXPECT_TRUE(FollowsSoon(head_));

  CommitGreeting("any");
  const auto any =
      Post("any", {"X-Mooring-Signature: sha256=" + Sign(kSecret, "whatever")}, "whatever");
  EXPECT_EQ(Field(any, "message"), "source fleet is looked at now") << any.body;
  EXPECT_TRUE(FollowsSoon(head_));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("App", "shop"); }));
  EXPECT_EQ(Looks(), 4);
}

TEST_F(Webhook, WhatIsNotATrustedPushOfTheBranchDoesNothing) {
  const std::string before = head_;
  const std::string body = PushBody(kMain, CommitGreeting("second"));
  const auto wrong = PostHub("1", body, "guess");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(Field(wrong, "detail"), "the signature is missing or wrong");
  EXPECT_EQ(PostHub("2", std::string((1u << 20) + 1, ' ')).status, 413);
  const auto other = PostHub("3", PushBody("refs/heads/wip", head_));
  EXPECT_EQ(other.status, 202);
  EXPECT_EQ(Field(other, "message"), "the push is to branch wip; source fleet follows branch main");
  EXPECT_EQ(Field(PostHub("4", PushBody(kMain, std::string(40, '0'))), "result"), "ignored");
  EXPECT_EQ(Post("none", {}, body).status, 404);
  EXPECT_EQ(world_->Api("/webhooks/hub").status, 405);
  EXPECT_EQ(Looks(), 0);
  EXPECT_TRUE(Follows(before));
  EXPECT_EQ(world_->Events("Host", world_->ns, "WebhookRefused"), 1);

  EXPECT_EQ(Field(PostHub("5", body), "result"), "accepted");
  EXPECT_TRUE(FollowsSoon(head_));
  EXPECT_EQ(Field(PostHub("5", body), "result"), "repeated");
  EXPECT_EQ(Field(PostHub("6", body), "result"), "repeated");
  EXPECT_EQ(Looks(), 1);
}

TEST_F(Webhook, DoctorTellsOfTheLastDelivery) {
  const auto doctor = [&] { return world_->Mooring({"doctor", "--webhook"}); };
  CommandResult told = doctor();
  EXPECT_EQ(told.exit_code, 0) << told.out << told.err;
  EXPECT_NE(told.out.find("hub (github): no delivery since the daemon started"), std::string::npos)
      << told.out;

  EXPECT_EQ(PostHub("72d3162e", PushBody(kMain, CommitGreeting("second"))).status, 202);
  ASSERT_TRUE(FollowsSoon(head_));
  EXPECT_EQ(PostHub("72d3162f", PushBody(kMain, head_), "guess").status, 401);
  told = doctor();
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_NE(told.out.find("delivery 72d3162f, signature wrong, refused"), std::string::npos)
      << told.out;
  EXPECT_NE(told.out.find("lab (gitlab): no delivery since the daemon started, though source fleet "
                          "had something new"),
            std::string::npos)
      << told.out;
  EXPECT_NE(told.out.find("the last with a right signature came"), std::string::npos) << told.out;

  // What the doctor says to do: the same secret in both, and a reload.
  SetSecret("guess");
  world_->ReloadDaemon();
  int id = 0;
  EXPECT_TRUE(Eventually(kSoon, [&] {
    const std::string body = PushBody(kMain, std::to_string(++id));
    return PostHub(std::to_string(id), body, "guess").status == 202;
  }));
  told = doctor();
  EXPECT_NE(told.out.find("event push, delivery " + std::to_string(id) +
                          ", signature valid, accepted: source fleet is looked at now"),
            std::string::npos)
      << told.out;
}

}  // namespace
}  // namespace mooring::test
