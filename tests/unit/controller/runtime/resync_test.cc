// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/resync.h"

#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResyncTest : public LoopTest {
 protected:
  /// Both the worker and the resync wait for time to pass.
  void Settle() {
    clock_.AwaitWaiters(2);
    loop_.AwaitIdle();
  }
  /// The resync looked at everything `times` times since the start, and the loop is through.
  void AwaitRefreshes(int times) {
    while (host_.refreshes() < times) std::this_thread::yield();
    Settle();
  }
  void Advance(Duration duration) {
    Settle();
    clock_.Advance(duration);
    Settle();
  }
  void Apply(std::shared_ptr<const DesiredSet> set) {
    loop_.Apply(std::move(set));
    resync_.DesiredChanged();
  }

  Loop loop_{host_, store_, clock_};
  Resync resync_{{}, {host_.AsReadSide()}, loop_.controller, clock_, {}};
  std::jthread thread_{[this](std::stop_token stop) { resync_.Run(stop); }};
};

TEST_F(ResyncTest, TheFirstSetTellsWhatIsOwnedAndNotDesired) {
  host_.Put(Thing("orphan", "a"), {"App/default/orphan", "1"});
  host_.Put("thing/foreign", {"somebody", "else"});
  Apply(Set("1", {Make("web", {{"a", "1"}})}));
  AwaitRefreshes(1);
  EXPECT_FALSE(host_.objects().contains(Thing("orphan", "a")));
  EXPECT_TRUE(host_.objects().contains("thing/foreign"));
  Apply(Set("2", {Make("web", {{"a", "2"}})}));
  Settle();
  EXPECT_EQ(host_.refreshes(), 1);
}

TEST_F(ResyncTest, ARequestLooksAtEverything) {
  Apply(Set("1", {Make("web", {{"a", "1"}})}));
  AwaitRefreshes(1);
  host_.Remove(Thing("web", "a"));
  resync_.Request();
  AwaitRefreshes(2);
  EXPECT_TRUE(host_.objects().contains(Thing("web", "a")));
}

TEST_F(ResyncTest, EverythingIsLookedAtEachInterval) {
  Apply(Set("1", {Make("web", {{"a", "1"}})}));
  AwaitRefreshes(1);
  host_.Remove(Thing("web", "a"));
  Advance(8min + 50s);  // ten minutes, 10 % jitter
  EXPECT_THAT(host_.objects(), IsEmpty());
  Advance(2min + 11s);
  AwaitRefreshes(2);
  EXPECT_THAT(host_.objects(), SizeIs(1));
}

TEST_F(ResyncTest, AShorterIntervalOfOneIsItsOwn) {
  Apply(Set("1", {Make("web", {{"a", "1"}}, {{"interval", "1m"}}), Make("api", {{"a", "1"}})}));
  AwaitRefreshes(1);
  host_.Remove(Thing("web", "a"));
  host_.Remove(Thing("api", "a"));
  Advance(53s);
  EXPECT_EQ(host_.refreshes(), 1);
  Advance(14s);
  EXPECT_EQ(host_.refreshes(), 2);
  EXPECT_TRUE(host_.objects().contains(Thing("web", "a")));
  EXPECT_FALSE(host_.objects().contains(Thing("api", "a")));  // not its turn
  Advance(67s);
  EXPECT_EQ(host_.refreshes(), 3);
}

TEST_F(ResyncTest, AHostThatDoesNotAnswerIsToldByTheRuns) {
  Apply(Set("1", {Make("web", {{"a", "1"}})}));
  AwaitRefreshes(1);
  host_.SetUnreachable(Error(ErrorCode::kUnavailable, "connection refused"));
  resync_.Request();
  AwaitRefreshes(2);
  EXPECT_EQ(StatusOf("web").Find(condition::kReady)->reason, reason::kObservationFailed);
  EXPECT_THAT(host_.objects(), SizeIs(1));
}

}  // namespace
}  // namespace mooring
