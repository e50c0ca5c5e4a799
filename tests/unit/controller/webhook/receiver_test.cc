// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/receiver.h"

#include <gmock/gmock.h>

#include "tests/support/clock/fake_clock.h"
#include "tests/support/webhook/sign.h"

namespace mooring::webhook {
namespace {

using std::chrono_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PushBody;
using testing::Sign;
using ::testing::SizeIs;

constexpr char kSecret[] = "s3cret";
constexpr char kCommit[] = "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96";

class ReceiverTest : public ::testing::Test {
 protected:
  ReceiverTest() {
    receiver_.Configure({HookOf("hub", Sender::kGithub), HookOf("lab", Sender::kGitlab),
                         HookOf("tea", Sender::kGitea), HookOf("any", Sender::kGenericHmac)});
  }
  static Hook HookOf(const std::string& name, Sender sender) {
    return {.name = name,
            .sender = sender,
            .source = "fleet",
            .ref = "refs/heads/main",
            .secret = SecretString(kSecret)};
  }
  Answer Receive(const std::string& name, const Headers& headers, const std::string& body) {
    return receiver_.Receive(name, headers, body).value();
  }
  /// A signed event to the hook "hub".
  Answer Deliver(const std::string& id, const std::string& body,
                 const std::string& event = "push") {
    return Receive("hub",
                   {{"x-github-event", event},
                    {"x-github-delivery", id},
                    {"x-hub-signature-256", "sha256=" + Sign(kSecret, body)}},
                   body);
  }
  Answer Push(const std::string& id, const std::string& ref = "refs/heads/main",
              const std::string& after = kCommit) {
    return Deliver(id, PushBody(ref, after + id));
  }
  Answer Wrong() { return Receive("hub", {{"x-hub-signature-256", "sha256=00"}}, "{}"); }
  HookReport Report(size_t place = 0) { return receiver_.Reports().at(place); }

  testing::FakeClock clock_;
  metrics::Metrics metrics_{{}};
  std::vector<std::string> looks_;
  std::vector<std::string> refused_;
  Receiver receiver_{{.look_now = [this](const auto& source) { looks_.push_back(source); },
                      .on_refused = [this](const auto& hook) { refused_.push_back(hook); },
                      .metrics = metrics_,
                      .clock = clock_,
                      .log = Log()}};
};

TEST_F(ReceiverTest, APushOfEachSenderHasTheSourceLookedAt) {
  const std::string body = PushBody("refs/heads/main", kCommit);
  const std::string digest = Sign(kSecret, body);
  EXPECT_EQ(Push("1").outcome, Outcome::kAccepted);
  EXPECT_EQ(
      Receive("lab", {{"x-gitlab-event", "Push Hook"}, {"x-gitlab-token", kSecret}}, body).outcome,
      Outcome::kAccepted);
  EXPECT_EQ(
      Receive("tea", {{"x-gitea-event", "push"}, {"x-gitea-signature", digest}}, body).outcome,
      Outcome::kAccepted);
  const Answer any =
      Receive("any", {{"x-mooring-signature", "sha256=" + Sign(kSecret, "now")}}, "now");
  EXPECT_EQ(any.outcome, Outcome::kAccepted);
  EXPECT_EQ(any.message, "source fleet is looked at now");
  EXPECT_THAT(looks_, ElementsAre("fleet", "fleet", "fleet", "fleet"));
  EXPECT_EQ(receiver_.Receive("none", {}, ""), std::nullopt);
}

TEST_F(ReceiverTest, WhatIsNoPushOfWhatIsFollowedIsIgnored) {
  EXPECT_EQ(Deliver("1", "{\"zen\": \"Half measures\"}", "ping").message,
            "pong; pushes will be heard");
  EXPECT_EQ(Deliver("2", "{}", "pull_request").message, "the event pull_request is no push");
  EXPECT_EQ(Push("3", "refs/heads/wip").message,
            "the push is to branch wip; source fleet follows branch main");
  EXPECT_EQ(Push("4", "refs/tags/main").message,
            "the push is to tag main; source fleet follows branch main");
  const Answer deleted = Deliver("5", PushBody("refs/heads/main", std::string(40, '0')));
  EXPECT_EQ(deleted.message, "branch main was deleted; source fleet stays as it is");
  EXPECT_EQ(deleted.outcome, Outcome::kIgnored);
  Hook fixed = HookOf("hub", Sender::kGithub);
  fixed.ref = "";
  receiver_.Configure({fixed});
  EXPECT_EQ(Push("6").message, "source fleet stays at one commit, whatever is pushed");
  EXPECT_THAT(looks_, IsEmpty());
}

TEST_F(ReceiverTest, WhatIsSignedAndNotUnderstoodIsInvalid) {
  EXPECT_EQ(Deliver("1", "nonsense").outcome, Outcome::kInvalid);
  const Answer no_event = Deliver("2", "{}", "");
  EXPECT_EQ(no_event.outcome, Outcome::kInvalid);
  EXPECT_EQ(no_event.message, "no header says which event this is, as github does");
  EXPECT_THAT(looks_, IsEmpty());
}

TEST_F(ReceiverTest, WhoHasNoSignatureLearnsNothing) {
  const Answer wrong = Wrong();
  EXPECT_EQ(wrong.outcome, Outcome::kRefused);
  EXPECT_EQ(wrong.message, "the signature is missing or wrong");
  EXPECT_EQ(Receive("hub", {}, "not even JSON").message, wrong.message);
  EXPECT_THAT(refused_, ElementsAre("hub", "hub"));
  EXPECT_THAT(looks_, IsEmpty());
  EXPECT_EQ(Report().last->signature, "missing");
  EXPECT_EQ(Report().last_valid, std::nullopt);
}

TEST_F(ReceiverTest, ADeliveryCountsOnceUnderItsIdAndUnderItsBytes) {
  const std::string body = PushBody("refs/heads/main", kCommit);
  EXPECT_EQ(Deliver("1", body).outcome, Outcome::kAccepted);
  EXPECT_EQ(Deliver("1", body).outcome, Outcome::kRepeated);
  EXPECT_EQ(Deliver("2", body).outcome, Outcome::kRepeated) << "nobody signs the id";
  EXPECT_EQ(Deliver("1", PushBody("refs/heads/main", "other")).outcome, Outcome::kRepeated);
  EXPECT_EQ(Deliver("3", PushBody("refs/heads/main", "other")).outcome, Outcome::kAccepted);
  EXPECT_THAT(looks_, SizeIs(2));
}

TEST_F(ReceiverTest, WhatWasNotTakenMayComeAgain) {
  const std::string body = PushBody("refs/heads/main", kCommit);
  const Headers wrong = {
      {"x-github-event", "push"}, {"x-github-delivery", "1"}, {"x-hub-signature-256", "sha256=00"}};
  EXPECT_EQ(Receive("hub", wrong, body).outcome, Outcome::kRefused);
  EXPECT_EQ(Deliver("1", body).outcome, Outcome::kAccepted);
}

TEST_F(ReceiverTest, GitlabsTokenSignsNoBytesSoTheIdIsAll) {
  const auto send = [&](const std::string& id) {
    Headers headers = {{"x-gitlab-event", "Push Hook"}, {"x-gitlab-token", kSecret}};
    if (!id.empty()) headers["x-gitlab-event-uuid"] = id;
    return Receive("lab", headers, PushBody("refs/heads/main", kCommit)).outcome;
  };
  EXPECT_EQ(send("1"), Outcome::kAccepted);
  EXPECT_EQ(send("2"), Outcome::kAccepted);
  EXPECT_EQ(send("1"), Outcome::kRepeated);
  EXPECT_EQ(send(""), Outcome::kAccepted);
  EXPECT_EQ(send(""), Outcome::kRepeated);
}

TEST_F(ReceiverTest, WrongSignaturesDoNotUseUpTheRateOfRightOnes) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Wrong().outcome, Outcome::kRefused) << i;
  const Answer limited = Wrong();
  EXPECT_EQ(limited.outcome, Outcome::kLimited);
  EXPECT_EQ(limited.wait, 3s);
  EXPECT_THAT(refused_, SizeIs(20)) << "who is limited makes no events";
  for (int i = 0; i < 60; ++i) EXPECT_EQ(Push(std::to_string(i)).outcome, Outcome::kAccepted) << i;
  EXPECT_EQ(Push("one more").outcome, Outcome::kLimited);
  EXPECT_EQ(Push("one more").wait, 1s);
  clock_.Advance(1s);
  EXPECT_EQ(Push("one more").outcome, Outcome::kAccepted) << "it was not taken before";
}

TEST_F(ReceiverTest, AHookWithoutASecretTakesNothing) {
  Hook hook = HookOf("hub", Sender::kGithub);
  hook.secret = SecretString();
  receiver_.Configure({hook});
  const std::string body = PushBody("refs/heads/main", kCommit);
  const Headers headers = {{"x-github-event", "push"},
                           {"x-hub-signature-256", "sha256=" + Sign("", body)}};
  EXPECT_EQ(Receive("hub", headers, body).outcome, Outcome::kUnavailable);
  EXPECT_EQ(Report().last->signature, "unchecked");
  EXPECT_FALSE(Report().has_secret);
  EXPECT_THAT(looks_, IsEmpty());
}

TEST_F(ReceiverTest, TellsOfTheLastDeliveryAndOfTheSource) {
  EXPECT_EQ(Report().last, std::nullopt);
  receiver_.SourceTook("fleet", "main@sha1:1");
  receiver_.SourceTook("fleet", "main@sha1:1");
  EXPECT_EQ(Report().source_moved, std::nullopt) << "the first is no news";
  const Time pushed = clock_.Now();
  Push("72d3162e");
  clock_.Advance(1s);
  receiver_.SourceTook("fleet", "main@sha1:2");
  Wrong();
  const HookReport report = Report();
  EXPECT_EQ(report.deliveries, 2U);
  EXPECT_EQ(report.last_valid, pushed);
  EXPECT_EQ(report.source_moved, clock_.Now());
  EXPECT_EQ(report.last->outcome, Outcome::kRefused);
  EXPECT_EQ(report.last->at, clock_.Now());
  Push("72d3162f");
  EXPECT_EQ(Report().last->id, "72d3162f");
  EXPECT_EQ(Report().last->event, "push");
}

TEST_F(ReceiverTest, AReloadChangesTheSecretAndForgetsNothing) {
  const std::string body = PushBody("refs/heads/main", kCommit);
  Deliver("1", body);
  Hook changed = HookOf("hub", Sender::kGithub);
  changed.secret = SecretString("another");
  receiver_.Configure({HookOf("new", Sender::kGitea), changed});
  EXPECT_EQ(Deliver("2", PushBody("refs/heads/main", "2")).outcome, Outcome::kRefused);
  const Headers headers = {{"x-github-event", "push"},
                           {"x-github-delivery", "1"},
                           {"x-hub-signature-256", "sha256=" + Sign("another", body)}};
  EXPECT_EQ(Receive("hub", headers, body).outcome, Outcome::kRepeated);
  EXPECT_EQ(Report(1).deliveries, 3U);
  EXPECT_EQ(Report(0).deliveries, 0U);
  EXPECT_EQ(receiver_.Receive("lab", {}, ""), std::nullopt);
}

TEST_F(ReceiverTest, EveryOutcomeIsASeriesThatStartsAtZero) {
  Push("1");
  const std::string text = metrics_.Render();
  for (const std::string& outcome : OutcomeNames()) {
    EXPECT_THAT(text, HasSubstr(fmt::format("{{result=\"{}\",webhook=\"hub\"}} {}\n", outcome,
                                            outcome == "accepted" ? 1 : 0)));
  }
}

}  // namespace
}  // namespace mooring::webhook
