// SPDX-License-Identifier: Apache-2.0
// What to look at next: a queue of keys with priorities and delays that hands a key to one worker
// at a time. Thread-safe; main owns it and it outlives the workers. `Key` is a hashable value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "controller/base/clock.h"
#include "controller/queue/backoff.h"
#include "controller/queue/trigger.h"

namespace mooring {

template <typename Key>
class WorkQueue {
 public:
  struct Item {
    Key key;
    Trigger trigger;          ///< the most important one since the key was last taken
    SteadyTime queued_since;  ///< when it became due
  };
  struct Stats {
    size_t depth = 0;        ///< due and waiting for a worker
    size_t delayed = 0;      ///< waiting for their time
    size_t processing = 0;   ///< with a worker
    Duration oldest_age{0};  ///< how long the one that waits longest has been due
    uint64_t retries = 0;    ///< calls of AddRateLimited so far
  };

  explicit WorkQueue(Clock& clock, Backoff backoff = {}, RandomSource random = SystemRandom())
      : clock_(clock), backoff_(backoff), random_(std::move(random)) {}

  /// Due now.
  void Add(const Key& key, Trigger trigger) { AddAfter(key, Duration(0), trigger); }
  /// Due after `delay`, unless it is due earlier already.
  void AddAfter(const Key& key, Duration delay, Trigger trigger) {
    std::scoped_lock lock(mutex_);
    Schedule(key, delay, trigger);
  }
  /// Due after the key's backoff, which grows with each call until Forget, and not before
  /// `at_least` (what the other side asked for). Returns the delay.
  Duration AddRateLimited(const Key& key, Duration at_least = Duration(0)) {
    std::scoped_lock lock(mutex_);
    ++retries_;
    const Duration delay = std::max(at_least, backoff_.Delay(++failures_[key], random_));
    Schedule(key, delay, Trigger::kRetry);
    return delay;
  }
  /// The key succeeded or is gone: its next failure starts with the shortest delay.
  void Forget(const Key& key) {
    std::scoped_lock lock(mutex_);
    failures_.erase(key);
  }

  /// Blocks until a key is due; nullopt after ShutDown or when stopped. Each item must be given
  /// back with Done.
  std::optional<Item> Get(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!shut_down_ && !stop.stop_requested()) {
      PromoteDue();
      if (depth_ > 0) return Take();
      const SteadyTime next = NextDue();
      clock_.WaitUntil(lock, wake_, next, stop,
                       [&] { return shut_down_ || depth_ > 0 || NextDue() < next; });
    }
    wake_.notify_one();  // this worker leaves: a wake-up meant for it goes to another one
    return std::nullopt;
  }
  /// The worker is through with the key; what was added meanwhile becomes due.
  void Done(const Key& key) {
    std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.processing) return;
    found->second.processing = false;
    --processing_;
    if (!found->second.wanted) {
      entries_.erase(found);
      return;
    }
    Enqueue(found->second);
  }
  /// Nothing is handed out any more; waiting workers return at once.
  void ShutDown() {
    std::scoped_lock lock(mutex_);
    shut_down_ = true;
    wake_.notify_all();
  }

  Stats Observe() const {
    std::scoped_lock lock(mutex_);
    Stats stats{.depth = depth_,
                .delayed = delayed_.size(),
                .processing = processing_,
                .retries = retries_};
    const SteadyTime now = clock_.Steady();
    SteadyTime oldest = now;
    for (const auto& level : due_) {
      if (!level.empty()) oldest = std::min(oldest, level.begin()->due);
    }
    for (auto it = delayed_.begin(); it != delayed_.end() && it->due <= now; ++it) {
      --stats.delayed;  // its time has come, but no worker has looked since
      ++stats.depth;
      oldest = std::min(oldest, it->due);
    }
    stats.oldest_age = now - oldest;
    return stats;
  }

 private:
  /// Where a key stands in line; unique by `sequence`.
  struct Place {
    SteadyTime due;
    uint64_t sequence;
    const Key* key;  ///< owned by entries_, whose nodes do not move
    bool operator<(const Place& other) const {
      return std::pair(due, sequence) < std::pair(other.due, other.sequence);
    }
  };
  struct Entry {
    bool wanted = false;      ///< added and not yet taken
    bool processing = false;  ///< with a worker
    bool due_now = false;     ///< in due_, else (if wanted and not processing) in delayed_
    Trigger trigger = Trigger::kResync;
    Place place{};
  };
  static constexpr int kFairTurn = 8;

  void Schedule(const Key& key, Duration delay, Trigger trigger) {
    if (shut_down_) return;
    const SteadyTime due = clock_.Steady() + std::max(delay, Duration(0));
    const auto [found, is_new] = entries_.try_emplace(key);
    Entry& entry = found->second;
    if (entry.wanted && !entry.processing) Dequeue(entry);
    if (!entry.wanted) {
      entry.wanted = true;
      entry.trigger = trigger;
      entry.place = {due, next_sequence_++, &found->first};
    } else {
      entry.trigger = std::max(entry.trigger, trigger);
      entry.place.due = std::min(entry.place.due, due);
    }
    if (!entry.processing) Enqueue(entry);
  }
  void Enqueue(Entry& entry) {
    entry.due_now = entry.place.due <= clock_.Steady();
    if (entry.due_now) {
      Level(entry).insert(entry.place);
      ++depth_;
      wake_.notify_one();
      return;
    }
    const bool earliest = entry.place.due < NextDue();
    delayed_.insert(entry.place);
    if (earliest) wake_.notify_all();  // every waiting worker has a later time in mind
  }
  void Dequeue(Entry& entry) {
    if (entry.due_now) {
      Level(entry).erase(entry.place);
      --depth_;
    } else {
      delayed_.erase(entry.place);
    }
  }
  void PromoteDue() {
    const SteadyTime now = clock_.Steady();
    while (!delayed_.empty() && delayed_.begin()->due <= now) {
      Entry& entry = entries_.find(*delayed_.begin()->key)->second;
      delayed_.erase(delayed_.begin());
      entry.due_now = true;
      Level(entry).insert(entry.place);
      ++depth_;
    }
  }
  Item Take() {
    std::set<Place>* level = nullptr;
    const bool oldest_first = ++turns_ % kFairTurn == 0;
    for (auto it = due_.rbegin(); it != due_.rend(); ++it) {
      if (it->empty()) continue;
      if (level == nullptr || (oldest_first && *it->begin() < *level->begin())) level = &*it;
    }
    const Place place = *level->begin();
    level->erase(level->begin());
    --depth_;
    Entry& entry = entries_.find(*place.key)->second;
    entry.wanted = false;
    entry.processing = true;
    ++processing_;
    return {*place.key, entry.trigger, place.due};
  }
  std::set<Place>& Level(const Entry& entry) { return due_[static_cast<size_t>(entry.trigger)]; }
  SteadyTime NextDue() const {
    return delayed_.empty() ? SteadyTime::max() : delayed_.begin()->due;
  }

  Clock& clock_;
  const Backoff backoff_;
  const RandomSource random_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool shut_down_ = false;
  std::unordered_map<Key, Entry> entries_;
  std::array<std::set<Place>, kTriggers> due_;  ///< by trigger; each first come first served
  std::set<Place> delayed_;
  size_t depth_ = 0;
  size_t processing_ = 0;
  uint64_t next_sequence_ = 0;
  uint64_t turns_ = 0;
  uint64_t retries_ = 0;
  std::unordered_map<Key, int> failures_;
};

}  // namespace mooring
