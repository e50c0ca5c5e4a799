// SPDX-License-Identifier: Apache-2.0
// Everything at once for some seconds: commits, drift, faults, wake-ups, time and readers meet in a
// loop with several workers. Meant for the thread sanitizer; what it ends with is checked as well.
#include <random>

#include "controller/runtime/controller.h"
#include "controller/store/watched_store.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;

constexpr int kApps = 12;
constexpr auto kLong = 3s;

class ControllerLoad : public ::testing::Test {
 protected:
  /// Some of the Apps, some of them suspended, each but the first on one before it.
  static std::shared_ptr<const DesiredSet> RandomSet(std::mt19937& random, int commit,
                                                     bool suspends) {
    std::vector<ResourcePtr> apps;
    DesiredSet::Edges edges;
    std::set<int> there;
    for (int i = 0; i < kApps; ++i) {
      if (random() % 6 == 0) continue;
      Json more = Json::object();
      if (suspends && random() % 8 == 0) more["suspend"] = true;
      apps.push_back(Make(Name(i), {{"a", std::to_string(random() % 3)}, {"b", "1"}}, more));
      if (there.contains(i / 2)) edges[App(Name(i))] = {App(Name(i / 2))};
      there.insert(i);
    }
    return Set(std::to_string(commit), std::move(apps), std::move(edges));
  }
  static std::string Name(int number) { return fmt::format("a{}", number); }

  /// A thread that does `act` again and again, each with its own chance.
  void Start(const std::function<void(std::mt19937&)>& act) {
    threads_.emplace_back([this, act, seed = ++seed_](const std::stop_token& stop) {
      std::mt19937 random(seed);
      while (!stop.stop_requested()) act(random);
    });
  }
  void StopAll() { threads_.clear(); }

  void Disturb(std::mt19937& random) {
    const std::string app = Name(static_cast<int>(random() % kApps));
    switch (random() % 5) {
      case 0:
        return host_.Remove(Thing(app, "a"));
      case 1:
        return host_.Put(Thing(app, "b"), {"App/default/" + app, "9"});
      case 2:
        return host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
      case 3:
        return host_.TimeOutNth(1);
      default:
        host_.SetUnreachable(Error(ErrorCode::kUnavailable, "no answer"));
        std::this_thread::yield();
        host_.SetUnreachable(std::nullopt);
    }
  }
  void Read(const Loop& loop) {
    (void)loop.metrics.Render();
    (void)loop.controller.KnownKeys();
    const auto statuses = store_.ListStatus();
    for (const ResourceStatus& status : *statuses) {
      (void)store_.GetIntent(status.key);
      (void)store_.ListEvents({.key = status.key, .limit = 5});
    }
  }
  static testing::FakeReconciler::Objects Expected(const DesiredSet& set) {
    testing::FakeReconciler::Objects objects;
    for (const auto& [key, resource] : set.resources()) {
      for (const auto& [object, value] : resource->spec["objects"].items())
        objects[testing::FakeReconciler::NameOf(key, object)] = {key.ToString(), value};
    }
    return objects;
  }

  testing::FakeClock clock_;
  std::atomic<int> told_ = 0;
  WatchedStore store_{std::make_unique<MemoryStore>(),
                      {.on_status = [this](const ResourceKey&) { ++told_; },
                       .on_new_event = [this](const Event&) { ++told_; },
                       .on_repeated_event = [this](const Event&) { ++told_; }}};
  testing::FakeReconciler host_;
  testing::StatusChecker checker_{store_, clock_};
  unsigned seed_ = 0;
  std::vector<std::jthread> threads_;
};

TEST_F(ControllerLoad, CommitsDriftFaultsWakeUpsAndReadersMeet) {
  Loop loop(host_, store_, clock_, {.workers = 4, .max_backoff = 1min});
  std::atomic<int> commits = 0;
  Start([&](std::mt19937& random) {
    loop.controller.SetDesired(RandomSet(random, ++commits, true));
    clock_.Advance(std::chrono::seconds(random() % 40));
  });
  Start([&](std::mt19937& random) { Disturb(random); });
  Start([&](std::mt19937& random) {
    const Trigger trigger = random() % 2 == 0 ? Trigger::kDrift : Trigger::kResync;
    loop.controller.Wake({App(Name(static_cast<int>(random() % kApps)))}, trigger);
    if (random() % 50 == 0) loop.controller.WakeAll(Trigger::kHuman, "ops");
    if (random() % 50 == 0) loop.controller.ForgetFailures();
  });
  Start([&](std::mt19937&) { Read(loop); });
  std::this_thread::sleep_for(kLong);
  StopAll();

  std::mt19937 random(1);
  const auto last = RandomSet(random, ++commits, false);
  loop.controller.SetDesired(last);
  for (int round = 0; round < 40 && host_.objects() != Expected(*last); ++round) {
    loop.controller.Wake(*host_.Owned({}), Trigger::kResync);
    loop.controller.WakeAll(Trigger::kResync);
    loop.AwaitIdle();
    loop.Advance(1min);
  }
  loop.Advance(1min);
  EXPECT_EQ(host_.objects(), Expected(*last));
  const auto statuses = store_.ListStatus();
  EXPECT_EQ(statuses->size(), last->resources().size());
  for (const ResourceStatus& status : *statuses)
    EXPECT_TRUE(status.IsReady()) << status.key.ToString();
  EXPECT_GT(told_, 100);
  EXPECT_GT(commits, 10);
}

}  // namespace
}  // namespace mooring
