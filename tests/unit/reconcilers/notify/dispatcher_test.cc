// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/io/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "controller/base/hmac.h"
#include "controller/resource/reasons.h"
#include "reconcilers/notify/plan/notifier_planner.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring::notify {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using ::testing::HasSubstr;
using ::testing::Not;

class KnownSecrets final : public SecretReader {
 public:
  Result<SecretDataPtr> Open(const Resource&, std::stop_token) override { return data; }
  SecretDataPtr Applied(const ResourceKey&) override { return data; }
  SecretDataPtr data = std::make_shared<SecretData>(SecretData{
      {"key", SecretString("hunter2")}, {"path", SecretString("http://x.test/hunter3")}});
};

Event Failure(uint64_t sequence, const std::string& message = "it broke",
              Severity severity = Severity::kError) {
  return {.sequence = sequence,
          .time = Time(),
          .first = Time(),
          .severity = severity,
          .key = {"App", "default", "shop"},
          .reason = reason::kApplyFailed,
          .message = message};
}

class Channels : public ::testing::Test {
 protected:
  struct Sent {
    std::string origin;
    net::HttpRequest request;
  };
  Channels()
      : dispatcher_(
            {.host = "harbour-1"}, secrets_, clock_, [this](const ResourceKey&) { ++changes_; },
            Log::ToString(&log_),
            [this](const std::string& origin, const net::HttpRequest& request,
                   std::stop_token) -> Result<int> {
              const std::scoped_lock lock(mutex_);
              sent_.push_back({origin, request});
              if (status_ == 0) return Fail(ErrorCode::kUnavailable, "no route to hunter3");
              return status_;
            }) {
    Set(Notifier("hook", {{"url", "https://hooks.test/mooring"}}));
  }
  ~Channels() override { thread_ = {}; }

  static ResourcePtr Notifier(const std::string& name, Json webhook, Json more = Json::object()) {
    auto notifier = std::make_shared<Resource>();
    notifier->key = {"Notifier", "default", name};
    webhook["hmacKey"] = {{"secretRef", {{"name", "chat"}, {"key", "key"}}}};
    notifier->spec = {{"webhook", std::move(webhook)}};
    notifier->spec.update(more);
    notifier->spec_digest = notifier->spec.dump();
    return notifier;
  }
  void Set(ResourcePtr notifier) {
    notifier_ = std::move(notifier);
    dispatcher_.SetNotifiers({notifier_});
  }
  void Start() {
    thread_ = std::jthread([this](std::stop_token stop) { dispatcher_.Run(stop); });
    Settle();
  }
  /// Until the thread has nothing to do.
  void Settle() { clock_.AwaitWaiters(1); }
  void TellAndSettle(const Event& event) {
    dispatcher_.Tell(event);
    AwaitQuiet();
  }
  /// The state once no message is due.
  void AwaitQuiet() {
    for (int i = 0; i < 10'000; ++i) {
      const DeliveryState state = State();
      if (state.waiting == 0 || !state.failure.empty()) break;
      std::this_thread::yield();
    }
    Settle();
  }
  DeliveryState State() const { return dispatcher_.StateOf(notifier_->key); }
  std::vector<Sent> TakeSent() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(sent_, {});
  }
  void Answer(int status) {
    const std::scoped_lock lock(mutex_);
    status_ = status;
  }

  mooring::testing::FakeClock clock_;
  KnownSecrets secrets_;
  std::mutex mutex_;
  std::string log_;
  std::vector<Sent> sent_;
  int status_ = 200;
  std::atomic<int> changes_ = 0;
  Dispatcher dispatcher_;
  ResourcePtr notifier_;
  std::jthread thread_;
};

TEST_F(Channels, SignWhatTheySend) {
  Start();
  TellAndSettle(Failure(7));
  const auto sent = TakeSent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].origin, "https://hooks.test");
  EXPECT_EQ(sent[0].request.path, "/mooring");
  const Json body = Json::parse(sent[0].request.body);
  EXPECT_EQ(body["reason"], "ApplyFailed");
  EXPECT_EQ(body["host"], "harbour-1");
  EXPECT_THAT(sent[0].request.headers,
              ::testing::Contains("X-Mooring-Signature: sha256=" +
                                  HmacSha256Hex(sent[0].request.body, SecretString("hunter2"))));
  EXPECT_THAT(sent[0].request.headers, ::testing::Contains("X-Mooring-Delivery: harbour-1-7"));
}

TEST_F(Channels, AreNotToldOfGoodNewsNorOfThemselvesNorTwice) {
  Start();
  dispatcher_.Tell(Failure(1, "fine", Severity::kInfo));
  Event own = Failure(2);
  own.key = notifier_->key;
  dispatcher_.Tell(own);
  TellAndSettle(Failure(3));
  TellAndSettle(Failure(4));
  EXPECT_EQ(TakeSent().size(), 1U);
  clock_.Advance(1h);
  TellAndSettle(Failure(5));
  EXPECT_EQ(TakeSent().size(), 1U) << "an hour later it is news again";
}

TEST_F(Channels, ThatFailAreTriedAgainAndSaySo) {
  Answer(0);
  Start();
  TellAndSettle(Failure(1));
  EXPECT_EQ(TakeSent().size(), 1U);
  EXPECT_THAT(State().failure, HasSubstr("https://hooks.test does not answer"));
  EXPECT_EQ(changes_, 1);
  clock_.Advance(5s);
  Settle();
  EXPECT_EQ(TakeSent().size(), 1U);
  Answer(503);
  clock_.Advance(10s);
  Settle();
  EXPECT_EQ(State().failure, "https://hooks.test answers with status 503");
  EXPECT_EQ(State().waiting, 1U);
  Answer(204);
  clock_.Advance(20s);
  AwaitQuiet();
  EXPECT_EQ(State().failure, "");
  EXPECT_EQ(State().delivered, 1U);
  EXPECT_EQ(State().waiting, 0U);
}

TEST_F(Channels, GiveUpWhatIsADayOld) {
  Answer(500);
  Start();
  TellAndSettle(Failure(1));
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(15min);
    Settle();
  }
  EXPECT_EQ(State().waiting, 0U);
  EXPECT_EQ(State().dropped, 1U);
}

TEST_F(Channels, SumUpWhatTheRateLimitLeavesOut) {
  Set(Notifier("hook", {{"url", "https://hooks.test/"}},
               {{"rateLimit", {{"events", 2}, {"window", "10m"}}}}));
  Start();
  for (uint64_t i = 1; i <= 5; ++i) TellAndSettle(Failure(i, fmt::format("failure {}", i)));
  EXPECT_EQ(TakeSent().size(), 2U);
  clock_.Advance(11min);
  AwaitQuiet();
  const auto sent = TakeSent();
  ASSERT_EQ(sent.size(), 1U);
  const Json body = Json::parse(sent[0].request.body);
  EXPECT_EQ(body["type"], "summary");
  EXPECT_EQ(body["leftOut"], 3);
  EXPECT_THAT(body["message"].get<std::string>(),
              HasSubstr("3 events left out by the rate limit, of App/default/shop"));
}

TEST_F(Channels, ShowNoAddressThatIsASecret) {
  Set(Notifier("hook", {{"url", {{"secretRef", {{"name", "chat"}, {"key", "path"}}}}}}));
  Answer(0);
  Start();
  TellAndSettle(Failure(1));
  EXPECT_EQ(TakeSent().at(0).request.path, "/hunter3");
  EXPECT_EQ(State().failure, "its address does not answer: unavailable");
}

TEST_F(Channels, WaitForTheirSecrets) {
  const SecretDataPtr known = std::exchange(secrets_.data, nullptr);
  Start();
  TellAndSettle(Failure(1));
  EXPECT_EQ(State().failure, "a Secret that it uses is not Ready");
  EXPECT_TRUE(TakeSent().empty());
  secrets_.data = known;
  clock_.Advance(5s);
  AwaitQuiet();
  EXPECT_EQ(TakeSent().size(), 1U);
}

TEST_F(Channels, SendNoLineThatIsTwo) {
  secrets_.data = std::make_shared<SecretData>(SecretData{
      {"key", SecretString("hunter2\n")}, {"header", SecretString("Bearer x\r\nX-Evil: y")}});
  Set(Notifier(
      "hook",
      {{"url", "https://hooks.test?token=x"},
       {"headers", {{"Authorization", {{"secretRef", {{"name", "chat"}, {"key", "header"}}}}}}}}));
  Start();
  TellAndSettle(Failure(1));
  EXPECT_EQ(State().failure, "webhook.headers.Authorization has more than one line");
  Set(Notifier("hook", {{"url", "https://hooks.test?token=x"}}));
  AwaitQuiet();
  clock_.Advance(5s);
  AwaitQuiet();
  const auto sent = TakeSent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].origin, "https://hooks.test");
  EXPECT_EQ(sent[0].request.path, "/?token=x");
  EXPECT_THAT(sent[0].request.headers,
              ::testing::Contains("X-Mooring-Signature: sha256=" +
                                  HmacSha256Hex(sent[0].request.body, SecretString("hunter2"))));
}

TEST_F(Channels, ThatAreSuspendedAreTold) {
  Set(Notifier("hook", {{"url", "https://hooks.test/"}}, {{"suspend", true}}));
  Start();
  dispatcher_.Tell(Failure(1));
  Settle();
  EXPECT_TRUE(TakeSent().empty()) << "nothing";
}

TEST(NotifierPlanner, SaysHowTheChannelDoes) {
  Resource notifier{.key = {"Notifier", "default", "hook"}};
  NotifierObservation seen;
  seen.state = {.delivered = 3};
  const PlanInput input{.key = &notifier.key, .desired = &notifier, .observed = &seen};
  ResourcePlan plan = NotifierPlanner().Plan(input);
  EXPECT_TRUE(plan.healthy);
  EXPECT_EQ(plan.health_message, "3 messages delivered");
  EXPECT_FALSE(plan.HasChanges());
  seen.state = {.delivered = 3, .waiting = 2, .failure = "it answers with status 500"};
  plan = NotifierPlanner().Plan(input);
  EXPECT_FALSE(plan.healthy);
  ASSERT_TRUE(plan.wait);
  EXPECT_EQ(plan.wait->reason, reason::kDeliveryFailed);
  EXPECT_EQ(plan.wait->message, "it answers with status 500; 2 messages waiting");
}

}  // namespace
}  // namespace mooring::notify
