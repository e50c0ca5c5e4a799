// SPDX-License-Identifier: Apache-2.0
// Somebody who asks for a page again and again on a thread of its own, each time on a new
// connection, and counts. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace mooring::test {

class Visitor {
 public:
  explicit Visitor(std::string url);

  int visits() const { return visits_; }
  /// Answers that were no 200.
  int failures() const { return failures_; }
  /// What the first of them was: "status 502".
  std::string first_failure() const;

 private:
  void Run(std::stop_token stop);

  const std::string url_;
  std::atomic<int> visits_ = 0;
  std::atomic<int> failures_ = 0;
  mutable std::mutex mutex_;
  std::string first_failure_;
  std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace mooring::test
