// SPDX-License-Identifier: Apache-2.0
#include "controller/web/handler_pool.h"

namespace mooring::web {

HandlerPool::HandlerPool(Clock& clock, size_t threads, size_t max_queued)
    : clock_(clock), max_queued_(max_queued) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

HandlerPool::~HandlerPool() { Stop(); }

bool HandlerPool::Submit(std::function<void()> task) {
  std::scoped_lock lock(mutex_);
  if (stopped_ || queue_.size() >= max_queued_) return false;
  queue_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void HandlerPool::Stop() {
  {
    std::scoped_lock lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
  }
  threads_.clear();
}

void HandlerPool::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    clock_.WaitUntil(lock, wake_, SteadyTime::max(), {},
                     [&] { return stopped_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace mooring::web
