// SPDX-License-Identifier: Apache-2.0
// Data behind its lock: the only way to the data is through the lock.
#pragma once

#include <mutex>
#include <utility>

namespace mooring {

template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  /// Runs `function(value)` under the lock and returns what it returns.
  template <typename F>
  auto With(F&& function) {
    std::scoped_lock lock(mutex_);
    return std::forward<F>(function)(value_);
  }
  template <typename F>
  auto With(F&& function) const {
    std::scoped_lock lock(mutex_);
    return std::forward<F>(function)(std::as_const(value_));
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace mooring
