// SPDX-License-Identifier: Apache-2.0
// Owners for C handles: `using RepositoryPtr = std::unique_ptr<git_repository,
// Deleter<git_repository_free>>`.
#pragma once

#include <memory>

namespace mooring {

template <auto Function>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    Function(handle);
  }
};

/// Adapts a unique_ptr to a C function's `T**` argument: `git_repository_open(OutPtr(repo), path)`.
template <typename T, typename D>
class OutPtr {
 public:
  explicit OutPtr(std::unique_ptr<T, D>& owner) : owner_(owner) {}
  ~OutPtr() { owner_.reset(raw_); }
  OutPtr(const OutPtr&) = delete;
  OutPtr& operator=(const OutPtr&) = delete;
  operator T**() {
    return &raw_;
  }  // NOLINT(google-explicit-constructor): that is its whole purpose

 private:
  std::unique_ptr<T, D>& owner_;
  T* raw_ = nullptr;
};

}  // namespace mooring
