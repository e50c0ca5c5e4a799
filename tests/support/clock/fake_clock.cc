// SPDX-License-Identifier: Apache-2.0
#include "tests/support/clock/fake_clock.h"

#include <algorithm>
#include <thread>

namespace mooring::testing {

FakeClock::FakeClock()
    : now_(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(14)),
      steady_(std::chrono::hours(1)) {}

Time FakeClock::Now() const {
  std::scoped_lock lock(mutex_);
  return now_;
}

SteadyTime FakeClock::Steady() const {
  std::scoped_lock lock(mutex_);
  return steady_;
}

bool FakeClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                          SteadyTime deadline, std::stop_token stop,
                          const std::function<bool()>& ready) {
  uint64_t id = 0;
  {
    std::scoped_lock own(mutex_);
    id = next_id_++;
    waiters_.emplace(id, Waiter{deadline, lock.mutex(), &cv});
    changed_.notify_all();
  }
  cv.wait(lock, stop, [&] { return ready() || Steady() >= deadline; });
  {
    std::scoped_lock own(mutex_);
    waiters_.erase(id);
    changed_.notify_all();
  }
  return ready();
}

bool FakeClock::NoneDue() const {
  return std::none_of(waiters_.begin(), waiters_.end(),
                      [&](const auto& entry) { return entry.second.deadline <= steady_; });
}

void FakeClock::JumpWall(std::chrono::seconds by) {
  std::scoped_lock lock(mutex_);
  now_ += by;
}

void FakeClock::Advance(Duration duration) {
  std::unique_lock own(mutex_);
  now_ += std::chrono::duration_cast<Time::duration>(duration);
  steady_ += duration;
  // A waiter that has registered releases its mutex only inside its wait, so a notification under
  // that mutex cannot be lost. The waiter takes its mutex before ours; we may therefore only try.
  while (!NoneDue()) {
    for (const auto& [id, waiter] : waiters_) {
      if (waiter.deadline > steady_ || !waiter.mutex->try_lock()) continue;
      waiter.cv->notify_all();
      waiter.mutex->unlock();
    }
    own.unlock();
    std::this_thread::yield();
    own.lock();
  }
}

void FakeClock::AwaitWaiters(size_t count) const {
  std::unique_lock own(mutex_);
  changed_.wait(own, [&] { return waiters_.size() >= count; });
}

size_t FakeClock::waiters() const {
  std::scoped_lock lock(mutex_);
  return waiters_.size();
}

}  // namespace mooring::testing
