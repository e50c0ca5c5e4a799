// SPDX-License-Identifier: Apache-2.0
// Stands between a daemon and its engine, and kills the daemon at a chosen step: before a request
// that may change something gets to the engine, or when it has been done and the daemon does not
// know yet. All else goes through as it is. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace mooring::test {

class KillingProxy {
 public:
  enum class When { kBefore, kAfter };

  /// Listens on the unix socket `socket` for `engine`, another one.
  KillingProxy(std::string socket, std::string engine);
  ~KillingProxy();
  KillingProxy(const KillingProxy&) = delete;
  KillingProxy& operator=(const KillingProxy&) = delete;

  const std::string& socket() const { return socket_; }
  /// Whoever sends the `nth` writing request from now on is killed, once. The first is 1.
  void Arm(When when, int nth);
  void Disarm() { Arm(When::kBefore, 0); }
  /// Where it was killed, "after POST /v1.41/containers/create"; empty: not since it was armed.
  std::string killed_at() const;

 private:
  enum class Fate { kPass, kBefore, kAfter };
  void Accept(std::stop_token stop);
  void Serve(int client);
  Fate FateOf(const std::string& head);

  const std::string socket_;
  const std::string engine_;
  mutable std::mutex mutex_;
  When when_ = When::kBefore;
  int left_ = 0;  ///< writing requests until the fatal one, with it; 0: none is
  std::string killed_at_;
  std::set<int> open_;
  int listener_ = -1;
  std::vector<std::jthread> connections_;
  std::jthread acceptor_;  ///< last: it uses all of the above
};

}  // namespace mooring::test
