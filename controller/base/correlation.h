// SPDX-License-Identifier: Apache-2.0
// The id of the run that a thread is at work on, for what cannot be handed it: the requests that
// the run makes to engines, and their lines in the log. One of each thread; a worker sets it for as
// long as a run takes.
#pragma once

#include <string>

namespace mooring {

/// Eight hex digits, as good as unique among the runs that anybody looks at together.
std::string NewCorrelation();

/// What this thread works on; empty: no run.
const std::string& CurrentCorrelation();

/// Sets it until the end of the scope.
class CorrelationScope {
 public:
  explicit CorrelationScope(std::string id);
  ~CorrelationScope();
  CorrelationScope(const CorrelationScope&) = delete;
  CorrelationScope& operator=(const CorrelationScope&) = delete;

 private:
  std::string before_;
};

}  // namespace mooring
