// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/resync.h"

#include <tuple>

#include "controller/base/text.h"
#include "controller/queue/backoff.h"

namespace mooring {
namespace {

constexpr Duration kListAgain = std::chrono::seconds(30);

}  // namespace

Resync::Resync(Options options, std::vector<ReadSide> readers, Controller& controller, Clock& clock,
               Log log)
    : options_(options),
      readers_(std::move(readers)),
      controller_(controller),
      clock_(clock),
      log_(std::move(log)),
      random_(SystemRandom()),
      all_due_(clock.Steady() + Jittered(options.interval, random_)) {}

void Resync::Request() {
  std::scoped_lock lock(mutex_);
  requested_ = true;
  wake_.notify_all();
}

void Resync::DesiredChanged() {
  std::scoped_lock lock(mutex_);
  requested_ = requested_ || !std::exchange(has_desired_, true);
  changed_ = true;
  wake_.notify_all();
}

void Resync::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    bool requested = false;
    {
      std::unique_lock lock(mutex_);
      const SteadyTime next = clock_.Steady() + NextDue();
      clock_.WaitUntil(lock, wake_, next, stop, [&] { return requested_ || changed_; });
      changed_ = false;
      requested = std::exchange(requested_, false);
    }
    if (stop.stop_requested()) return;
    if (requested || clock_.Steady() >= all_due_) {
      LookAtAll(stop);
    } else {
      LookAtDue(stop);
    }
  }
}

void Resync::LookAtAll(std::stop_token stop) {
  all_due_ = clock_.Steady() + Jittered(options_.interval, random_);
  std::vector<ResourceKey> all;
  std::vector<std::string> unread;
  for (const ReadSide& reader : readers_) {
    // A host that does not answer is found, told and retried by the runs that follow.
    if (reader.observer->Refresh(stop)) {
      if (auto owned = reader.observer->Owned(stop)) owned_[reader.name] = *std::move(owned);
    }
    const auto known = owned_.find(reader.name);
    if (known == owned_.end()) {
      unread.push_back(reader.name);
    } else {
      all.insert(all.end(), known->second.begin(), known->second.end());
    }
  }
  // Until all were listed once, nobody can say what is not needed any more.
  if (!unread.empty()) all_due_ = std::min(all_due_, clock_.Steady() + kListAgain);
  controller_.SetOwned(all, std::move(unread));
  controller_.WakeAll(Trigger::kResync);
}

/// Resources with an interval of their own that is shorter than everybody's.
void Resync::LookAtDue(std::stop_token stop) {
  std::vector<ResourceKey> keys;
  for (const auto& [key, due] : due_) {
    if (due <= clock_.Steady()) keys.push_back(key);
  }
  if (keys.empty()) return;
  for (const ReadSide& reader : readers_) {
    const bool concerned = std::any_of(keys.begin(), keys.end(), [&](const ResourceKey& key) {
      return std::find(reader.kinds.begin(), reader.kinds.end(), key.kind) != reader.kinds.end();
    });
    // A failure meets every key again when it is observed, and is reported there.
    if (concerned) std::ignore = reader.observer->Refresh(stop);
  }
  for (const ResourceKey& key : keys) due_.erase(key);
  controller_.Wake(keys, Trigger::kResync);
}

Duration Resync::NextDue() {
  const SteadyTime now = clock_.Steady();
  SteadyTime next = all_due_;
  std::map<ResourceKey, SteadyTime> due;
  if (const auto set = controller_.desired()) {
    for (const auto& [key, resource] : set->resources()) {
      const auto field = resource->spec.find("interval");
      if (field == resource->spec.end() || !field->is_string()) continue;
      const auto interval = ParseDuration(field->get<std::string>());
      if (!interval || *interval >= options_.interval) continue;
      const auto known = due_.find(key);
      due[key] = known != due_.end() ? known->second : now + Jittered(*interval, random_);
      next = std::min(next, due[key]);
    }
  }
  due_ = std::move(due);
  return std::max<Duration>(next - now, std::chrono::milliseconds(10));
}

}  // namespace mooring
