// SPDX-License-Identifier: Apache-2.0
#include "controller/http/changes.h"

#include <utility>

namespace mooring::http {

template <typename Note>
void Changes::Leave(Note&& note) {
  std::scoped_lock lock(mutex_);
  if (!listening_) return;
  std::forward<Note>(note)(batch_);
  wake_ = true;
  noted_.notify_all();
}

void Changes::ResourceChanged(const ResourceKey& key) {
  Leave([&](Batch& batch) { batch.resources.insert(key); });
}

void Changes::DesiredChanged(const std::vector<ResourceKey>& removed) {
  Leave([&](Batch& batch) {
    batch.every_resource = true;
    batch.resources.insert(removed.begin(), removed.end());
  });
}

void Changes::EventAdded() {
  Leave([](Batch&) {});
}

void Changes::EventRepeated(const Event& event) {
  Leave([&](Batch& batch) { batch.repeated.insert_or_assign(event.sequence, event); });
}

void Changes::Wake() {
  Leave([](Batch&) {});
}

void Changes::Listen(bool listening) {
  std::scoped_lock lock(mutex_);
  listening_ = listening;
  if (!listening) batch_ = {};
}

Changes::Batch Changes::Wait(Clock& clock, SteadyTime deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  clock.WaitUntil(lock, noted_, deadline, stop, [&] { return wake_; });
  wake_ = false;
  return std::exchange(batch_, {});
}

}  // namespace mooring::http
