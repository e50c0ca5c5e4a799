// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_pace.h"

#include <algorithm>
#include <utility>

namespace mooring::docker {
namespace {

constexpr Duration kBurst = std::chrono::seconds(1);
/// Whoever waits is heard of now and then: a pull may take half an hour.
constexpr Duration kTellAgain = std::chrono::minutes(1);

std::unexpected<Error> Stopped() {
  return Fail(ErrorCode::kCancelled, "stopped while waiting for the engine");
}

}  // namespace

EnginePace::EnginePace(Clock& clock, EngineLimits limits,
                       std::function<void(Duration)> on_throttled)
    : clock_(clock),
      on_throttled_(std::move(on_throttled)),
      limits_(limits),
      full_at_(clock.Steady()) {}

void EnginePace::SetLimits(EngineLimits limits) {
  std::scoped_lock lock(mutex_);
  limits_ = limits;
  changed_.notify_all();
}

Status EnginePace::AwaitRequest(Duration longest, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const SteadyTime now = clock_.Steady();
  const SteadyTime full_at = std::max(full_at_, now) + kBurst / limits_.requests_per_second;
  const Duration wait = full_at - now - kBurst;
  if (wait > longest) {
    return std::unexpected(
        Error(ErrorCode::kUnavailable,
              fmt::format("not sent: more than docker.maxRequestsPerSecond ({}) allows is waiting "
                          "for the engine",
                          limits_.requests_per_second))
            .WithRetryAfter(std::chrono::ceil<std::chrono::milliseconds>(wait)));
  }
  full_at_ = full_at;  // its place is taken: they are sent in the order in which they came
  if (wait <= Duration(0)) return {};
  clock_.WaitUntil(lock, changed_, now + wait, stop, [] { return false; });
  lock.unlock();
  if (on_throttled_) on_throttled_(clock_.Steady() - now);
  if (stop.stop_requested()) return Stopped();
  return {};
}

EnginePace::Turn::~Turn() {
  if (pace_ == nullptr) return;
  std::scoped_lock lock(pace_->mutex_);
  --pace_->pulling_;
  pace_->changed_.notify_all();
}

Result<EnginePace::Turn> EnginePace::AwaitPull(const std::function<void()>& on_wait,
                                               std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto is_free = [&] { return pulling_ < limits_.parallel_pulls; };
  while (!is_free() && !stop.stop_requested()) {
    lock.unlock();
    on_wait();
    lock.lock();
    clock_.WaitUntil(lock, changed_, clock_.Steady() + kTellAgain, stop, is_free);
  }
  if (stop.stop_requested()) return Stopped();
  ++pulling_;
  return Turn(*this);
}

}  // namespace mooring::docker
