// SPDX-License-Identifier: Apache-2.0
// The promises of the queue under many threads and random calls, on the real clock.
#include <atomic>
#include <latch>
#include <random>

#include "controller/queue/work_queue.h"

namespace mooring {
namespace {

constexpr int kKeys = 40;
constexpr int kProducers = 4;
constexpr int kWorkers = 6;
constexpr int kAddsPerProducer = 2000;

/// What producers and workers saw of one key.
struct Seen {
  std::atomic<int> workers{0};        ///< with it at this moment
  std::atomic<uint64_t> last_add{0};  ///< ticket of the last add
  std::atomic<uint64_t> last_run{0};  ///< ticket at which the last run began
};

class Storm {
 public:
  explicit Storm(unsigned seed) : seed_(seed) {}

  void Run() {
    std::vector<std::jthread> workers;
    for (int i = 0; i < kWorkers; ++i) workers.emplace_back([this, i] { Work(i); });
    {
      std::vector<std::jthread> producers;
      for (int i = 0; i < kProducers; ++i) producers.emplace_back([this, i] { Produce(i); });
    }
    Drain();
    queue_.ShutDown();
    workers.clear();
  }

  bool overlapped() const { return overlapped_; }
  const std::array<Seen, kKeys>& seen() const { return seen_; }

 private:
  void Produce(int index) {
    std::mt19937 random(seed_ * 100 + static_cast<unsigned>(index));
    for (int i = 0; i < kAddsPerProducer; ++i) {
      const int key = static_cast<int>(random() % kKeys);
      uint64_t ticket = ++tickets_;
      uint64_t before = seen_[key].last_add;
      while (before < ticket && !seen_[key].last_add.compare_exchange_weak(before, ticket)) {
      }
      const auto trigger = static_cast<Trigger>(random() % kTriggers);
      switch (random() % 4) {
        case 0:
          queue_.AddAfter(key, std::chrono::microseconds(random() % 2000), trigger);
          break;
        case 1:
          queue_.AddRateLimited(key);
          break;
        default:
          queue_.Add(key, trigger);
      }
      if (random() % 16 == 0) queue_.Forget(key);
    }
  }
  void Work(int index) {
    std::mt19937 random(seed_ * 1000 + static_cast<unsigned>(index));
    while (const auto item = queue_.Get({})) {
      Seen& seen = seen_[item->key];
      if (++seen.workers != 1) overlapped_ = true;
      seen.last_run = ++tickets_;
      if (random() % 4 == 0) std::this_thread::yield();
      --seen.workers;
      queue_.Done(item->key);
    }
  }
  /// Waits, on the queue's own word, until nothing is left to do.
  void Drain() {
    while (true) {
      const auto stats = queue_.Observe();
      if (stats.depth + stats.delayed + stats.processing == 0) return;
      std::this_thread::yield();
    }
  }

  const unsigned seed_;
  SystemClock clock_;
  WorkQueue<int> queue_{clock_,
                        Backoff{std::chrono::microseconds(100), std::chrono::milliseconds(5)}};
  std::array<Seen, kKeys> seen_;
  std::atomic<uint64_t> tickets_{0};
  std::atomic<bool> overlapped_{false};
};

TEST(WorkQueueThreads, NoKeyHasTwoWorkersAndNoAddIsLost) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Storm storm(seed);
    storm.Run();
    EXPECT_FALSE(storm.overlapped()) << "seed " << seed;
    for (int key = 0; key < kKeys; ++key) {
      EXPECT_GT(storm.seen()[key].last_run, storm.seen()[key].last_add)
          << "an add of key " << key << " was followed by no run, seed " << seed;
    }
  }
}

TEST(WorkQueueThreads, ShutDownReleasesEveryWorker) {
  SystemClock clock;
  WorkQueue<int> queue(clock);
  std::latch arrived(kWorkers);
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&](std::stop_token stop) {
      arrived.count_down();
      while (const auto item = queue.Get(stop)) queue.Done(item->key);
    });
  }
  arrived.wait();
  for (int key = 0; key < 1000; ++key) queue.Add(key, Trigger::kResync);
  queue.ShutDown();
  workers.clear();
  SUCCEED();
}

}  // namespace
}  // namespace mooring
