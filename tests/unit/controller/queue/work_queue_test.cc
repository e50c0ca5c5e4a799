// SPDX-License-Identifier: Apache-2.0
#include "controller/queue/work_queue.h"

#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class WorkQueueTest : public ::testing::Test {
 protected:
  /// What is due now, or "" when nothing is.
  std::string TakeNow() {
    if (queue_.Observe().depth == 0) return "";
    last_ = queue_.Get({});
    return last_->key;
  }
  testing::FakeClock clock_;
  WorkQueue<std::string> queue_{clock_, Backoff{seconds(1), seconds(60)}, [] { return 0.5; }};
  std::optional<WorkQueue<std::string>::Item> last_;
};

TEST_F(WorkQueueTest, AKeyWaitsOnceWithItsMostImportantTrigger) {
  const SteadyTime added = clock_.Steady();
  queue_.Add("a", Trigger::kDrift);
  clock_.Advance(seconds(3));
  queue_.Add("a", Trigger::kHuman);
  queue_.Add("a", Trigger::kResync);
  EXPECT_EQ(queue_.Observe().depth, 1u);
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(last_->trigger, Trigger::kHuman);
  EXPECT_EQ(last_->queued_since, added);
  EXPECT_EQ(TakeNow(), "");
}

TEST_F(WorkQueueTest, MoreImportantTriggersComeFirstThenFirstComeFirstServed) {
  queue_.Add("resync", Trigger::kResync);
  queue_.Add("drift-1", Trigger::kDrift);
  queue_.Add("drift-2", Trigger::kDrift);
  queue_.Add("revision", Trigger::kRevision);
  queue_.Add("human", Trigger::kHuman);
  for (const char* key : {"human", "revision", "drift-1", "drift-2", "resync"}) {
    EXPECT_EQ(TakeNow(), key);
  }
}

TEST_F(WorkQueueTest, AKeyMovesUpWhenAMoreImportantTriggerComes) {
  queue_.Add("a", Trigger::kDrift);
  queue_.Add("b", Trigger::kResync);
  queue_.Add("b", Trigger::kHuman);
  EXPECT_EQ(TakeNow(), "b");
}

TEST_F(WorkQueueTest, AFloodOfResyncsDoesNotHoldUpADrift) {
  for (int i = 0; i < 10'000; ++i) queue_.Add("r" + std::to_string(i), Trigger::kResync);
  queue_.Add("drifted", Trigger::kDrift);
  std::vector<std::string> first = {TakeNow(), TakeNow()};
  EXPECT_THAT(first, ::testing::Contains("drifted"));
}

TEST_F(WorkQueueTest, ASteadyStreamOfImportantWorkDoesNotStarveTheRest) {
  queue_.Add("resync", Trigger::kResync);
  clock_.Advance(seconds(1));
  int turns = 0;
  std::string taken;
  while (taken != "resync") {
    queue_.Add("h" + std::to_string(turns), Trigger::kHuman);
    queue_.Add("i" + std::to_string(turns), Trigger::kHuman);
    taken = TakeNow();
    ASSERT_LE(++turns, 8);
  }
}

TEST_F(WorkQueueTest, AKeyIsWithOneWorkerAndRunsAgainIfAddedMeanwhile) {
  queue_.Add("a", Trigger::kDrift);
  EXPECT_EQ(TakeNow(), "a");
  queue_.Add("a", Trigger::kResync);
  queue_.Add("a", Trigger::kRevision);
  EXPECT_EQ(TakeNow(), "");
  EXPECT_EQ(queue_.Observe().processing, 1u);
  queue_.Done("a");
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(last_->trigger, Trigger::kRevision);
  queue_.Done("a");
  EXPECT_EQ(TakeNow(), "");
  EXPECT_EQ(queue_.Observe().processing, 0u);
}

TEST_F(WorkQueueTest, TheEarliestTimeWins) {
  queue_.AddAfter("a", minutes(10), Trigger::kResync);
  queue_.AddAfter("a", minutes(1), Trigger::kRetry);
  queue_.AddAfter("a", minutes(5), Trigger::kResync);
  EXPECT_EQ(TakeNow(), "");
  EXPECT_EQ(queue_.Observe().delayed, 1u);
  clock_.Advance(minutes(1));
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(last_->trigger, Trigger::kRetry);
  queue_.Done("a");
  clock_.Advance(minutes(10));
  EXPECT_EQ(TakeNow(), "");
}

TEST_F(WorkQueueTest, AddNowBringsADelayedKeyForward) {
  queue_.AddAfter("a", minutes(10), Trigger::kResync);
  queue_.Add("a", Trigger::kDrift);
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(last_->trigger, Trigger::kDrift);
}

TEST_F(WorkQueueTest, ADelayGivenWhileProcessingIsKept) {
  queue_.Add("a", Trigger::kStart);
  EXPECT_EQ(TakeNow(), "a");
  queue_.AddAfter("a", minutes(10), Trigger::kResync);
  queue_.Done("a");
  EXPECT_EQ(TakeNow(), "");
  clock_.Advance(minutes(10));
  EXPECT_EQ(TakeNow(), "a");
}

TEST_F(WorkQueueTest, RetriesBackOffUntilForgotten) {
  EXPECT_EQ(queue_.AddRateLimited("a"), seconds(1));
  clock_.Advance(seconds(1));
  EXPECT_EQ(TakeNow(), "a");
  EXPECT_EQ(last_->trigger, Trigger::kRetry);
  EXPECT_EQ(queue_.AddRateLimited("a"), seconds(2));
  EXPECT_EQ(queue_.AddRateLimited("b"), seconds(1));
  for (int i = 0; i < 10; ++i) queue_.AddRateLimited("a");
  EXPECT_EQ(queue_.AddRateLimited("a"), seconds(60));
  EXPECT_EQ(queue_.AddRateLimited("a", minutes(2)), minutes(2));
  EXPECT_EQ(queue_.Observe().retries, 15u);
  queue_.Forget("a");
  EXPECT_EQ(queue_.AddRateLimited("a"), seconds(1));
}

TEST_F(WorkQueueTest, ObserveTellsDepthAndAge) {
  EXPECT_EQ(queue_.Observe().oldest_age, Duration(0));
  queue_.Add("a", Trigger::kResync);
  queue_.AddAfter("b", seconds(2), Trigger::kHuman);
  clock_.Advance(seconds(5));
  const auto stats = queue_.Observe();
  EXPECT_EQ(stats.depth, 2u);
  EXPECT_EQ(stats.delayed, 0u);
  EXPECT_EQ(stats.oldest_age, seconds(5));
}

TEST_F(WorkQueueTest, GetBlocksUntilTheDelayIsOver) {
  std::optional<WorkQueue<std::string>::Item> item;
  std::jthread worker([&](std::stop_token stop) { item = queue_.Get(stop); });
  clock_.AwaitWaiters(1);
  queue_.AddAfter("late", seconds(10), Trigger::kRetry);
  queue_.AddAfter("soon", seconds(3), Trigger::kRetry);
  clock_.AwaitWaiters(1);
  clock_.Advance(seconds(3));
  worker.join();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->key, "soon");
}

TEST_F(WorkQueueTest, StopAndShutDownReleaseWorkers) {
  std::jthread stopped([&](std::stop_token stop) { EXPECT_FALSE(queue_.Get(stop)); });
  std::jthread shut_down([&] { EXPECT_FALSE(queue_.Get({})); });
  clock_.AwaitWaiters(2);
  stopped.request_stop();
  stopped.join();
  queue_.ShutDown();
  shut_down.join();
  queue_.Add("a", Trigger::kHuman);
  EXPECT_FALSE(queue_.Get({}));
}

TEST(Trigger, HasTheWordsOfTheHistory) {
  EXPECT_EQ(TriggerName(Trigger::kHuman), "human");
  EXPECT_EQ(TriggerName(Trigger::kRevision), "revision");
  EXPECT_EQ(TriggerName(Trigger::kDrift), "drift");
  EXPECT_EQ(TriggerName(Trigger::kStart), "start");
  EXPECT_EQ(TriggerName(Trigger::kRetry), "retry");
  EXPECT_EQ(TriggerName(Trigger::kResync), "resync");
  EXPECT_EQ(TriggerName(Trigger::kSchedule), "schedule");
}

}  // namespace
}  // namespace mooring
