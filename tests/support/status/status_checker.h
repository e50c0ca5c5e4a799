// SPDX-License-Identifier: Apache-2.0
// The invariants that hold for any status, whatever happened (docs/reference/conditions.md). A test
// that reconciles has one StatusChecker on its store. Not thread-safe; owned by the test.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/store/store.h"

namespace mooring::testing {

/// What is wrong with `status`, one text per finding; empty: nothing.
std::vector<std::string> StatusProblems(const ResourceStatus& status, Time now);

class StatusChecker {
 public:
  /// Both must outlive this.
  StatusChecker(const StoreReader& store, const Clock& clock) : store_(store), clock_(clock) {}
  /// Checks once more, at the end of the test.
  ~StatusChecker() { Check(); }
  StatusChecker(const StatusChecker&) = delete;
  StatusChecker& operator=(const StatusChecker&) = delete;

  /// Fails the test for every problem of every status in the store.
  void Check() const;

 private:
  const StoreReader& store_;
  const Clock& clock_;
};

}  // namespace mooring::testing
