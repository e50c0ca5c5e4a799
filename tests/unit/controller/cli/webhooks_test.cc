// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controller/resource/reasons.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/support/webhook/sign.h"

namespace mooring::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using webhook::Outcome;

class WebhooksTest : public ::testing::Test {
 protected:
  WebhooksTest() {
    config_.host_name = "harbour-1";
    config_.sources = {
        {.branch = "main",
         .webhooks = {{.name = "forge", .sender = webhook::Sender::kGitea, .secret_file = file_}}}};
  }
  void WriteSecret(const std::string& text, mode_t mode = 0600) {
    dir_.Write("secret", text);
    ::chmod(file_.c_str(), mode);
  }
  Webhooks Make() {
    return {config_,
            {.look_now = [this](const std::string& source) { looks_ += source; },
             .events = events_,
             .metrics = metrics_,
             .clock = clock_,
             .log = Log()}};
  }
  Outcome Push(Webhooks& webhooks, const std::string& secret) {
    const std::string body = testing::PushBody("refs/heads/main", std::to_string(++pushes_));
    return webhooks.receiver()
        .Receive("forge",
                 {{"x-gitea-event", "push"}, {"x-gitea-signature", testing::Sign(secret, body)}},
                 body)
        ->outcome;
  }
  Event LastEvent() {
    const auto list = store_.ListEvents({});
    return list && !list->empty() ? list->back() : Event();
  }

  TempDir dir_;
  const std::string file_ = dir_.File("secret");
  Config config_;
  testing::FakeClock clock_;
  MemoryStore store_;
  EventRecorder events_{store_, clock_, Log()};
  metrics::Metrics metrics_{{}};
  std::string looks_;
  int pushes_ = 0;
};

TEST_F(WebhooksTest, TheSecretIsTheFileWithoutItsLinesEnd) {
  WriteSecret("s3cret\r\n");
  Webhooks webhooks = Make();
  EXPECT_EQ(Push(webhooks, "s3cret"), Outcome::kAccepted);
  EXPECT_EQ(looks_, "fleet");
  EXPECT_EQ(LastEvent().reason, "");
}

TEST_F(WebhooksTest, WhatTheSourceFollowsIsWhatCounts) {
  EXPECT_EQ(FollowedRef({.branch = "main"}), "refs/heads/main");
  EXPECT_EQ(FollowedRef({.tag = "v1"}), "refs/tags/v1");
  EXPECT_EQ(FollowedRef({.commit = "4b1c"}), "");
}

TEST_F(WebhooksTest, AWrongSignatureIsOneEventThatIsCounted) {
  WriteSecret("s3cret");
  Webhooks webhooks = Make();
  EXPECT_EQ(Push(webhooks, "guess"), Outcome::kRefused);
  EXPECT_EQ(Push(webhooks, "another guess"), Outcome::kRefused);
  const Event event = LastEvent();
  EXPECT_EQ(event.reason, reason::kWebhookRefused);
  EXPECT_EQ(event.key.ToString(), "Host/harbour-1");
  EXPECT_EQ(event.count, 2U);
}

TEST_F(WebhooksTest, ASecretThatOthersCanReadIsNoneUntilItIsMended) {
  WriteSecret("s3cret", 0644);
  Webhooks webhooks = Make();
  EXPECT_EQ(Push(webhooks, "s3cret"), Outcome::kUnavailable);
  EXPECT_THAT(LastEvent().message,
              AllOf(HasSubstr("webhook forge: read the webhook's secret"), HasSubstr("chmod 600"),
                    HasSubstr("answered with 503 until then")));
  WriteSecret("s3cret");
  webhooks.ReadAgain(config_);
  EXPECT_EQ(Push(webhooks, "s3cret"), Outcome::kAccepted);
}

TEST_F(WebhooksTest, AReloadTakesANewSecretAndKeepsTheOldOneWhereThereIsNone) {
  WriteSecret("first");
  Webhooks webhooks = Make();
  WriteSecret("second");
  webhooks.ReadAgain(config_);
  EXPECT_EQ(Push(webhooks, "first"), Outcome::kRefused);
  EXPECT_EQ(Push(webhooks, "second"), Outcome::kAccepted);
  WriteSecret("\n");
  webhooks.ReadAgain(config_);
  EXPECT_EQ(Push(webhooks, "second"), Outcome::kAccepted);
  EXPECT_THAT(LastEvent().message,
              AllOf(HasSubstr("it is empty; make one with: openssl rand -hex 32"),
                    HasSubstr("the secret of before stays in force")));
}

}  // namespace
}  // namespace mooring::cli
