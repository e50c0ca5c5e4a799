// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/event_watcher.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

class Watching : public AppFixture {
 protected:
  void Await(const std::function<bool()>& ready) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), ready));
  }
  docker::EventWatcher::Callbacks Callbacks() {
    const auto note = [this](const std::function<void()>& what) {
      std::scoped_lock lock(mutex_);
      what();
      changed_.notify_all();
    };
    return {.on_gap = [=, this] { note([&] { ++gaps_; }); },
            .on_event =
                [=, this](const auto& keys) {
                  note([&] { keys_.insert(keys_.end(), keys.begin(), keys.end()); });
                },
            .on_reachable =
                [=, this](const Status& status) {
                  note([&] { reachable_.push_back(status.has_value()); });
                }};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int gaps_ = 0;
  std::vector<ResourceKey> keys_;
  std::vector<bool> reachable_;
};

TEST_F(Watching, PassesEventsOnAndComesBackAfterTheEngineWasAway) {
  const Resource app = App({{"web", Service()}});
  Converge(app);
  std::string log;
  docker::EventWatcher watcher(host, loop->observer, clock, Callbacks(), Log::ToString(&log));
  std::jthread thread([&](std::stop_token stop) { watcher.Run(stop); });
  Await([&] { return gaps_ == 1; });
  host.StopByHand("default_shop_web_1");
  Await([&] { return !keys_.empty(); });
  EXPECT_EQ(keys_.front(), app.key);

  host.SetDown(true);
  Await([&] { return reachable_.size() == 2 && !reachable_.back(); });
  // It asks again after pauses that grow, and says so once.
  for (const int pause : {250, 500, 1000}) {
    clock.AwaitWaiters(1);
    const size_t before = reachable_.size();
    clock.Advance(std::chrono::milliseconds(pause));
    Await([&] { return reachable_.size() > before; });
  }
  EXPECT_EQ(gaps_, 1);
  host.SetDown(false);
  clock.AwaitWaiters(1);
  clock.Advance(std::chrono::seconds(5));
  Await([&] { return gaps_ == 2 && reachable_.back(); });
  thread.request_stop();
  thread.join();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

TEST_F(Watching, StopsWhileTheEngineIsAway) {
  host.SetDown(true);
  docker::EventWatcher watcher(host, loop->observer, clock, Callbacks(), Log());
  std::jthread thread([&](std::stop_token stop) { watcher.Run(stop); });
  clock.AwaitWaiters(1);
}

}  // namespace
}  // namespace mooring::testing
