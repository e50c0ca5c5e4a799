// SPDX-License-Identifier: Apache-2.0
// A server on 127.0.0.1 that misbehaves: says nothing, resets, or passes on what another server
// says only up to a number of bytes. Ends with its object. Thread-safe.
#pragma once

#include <atomic>
#include <thread>

namespace mooring::test {

class FaultServer {
 public:
  enum class Fault { kSilent, kReset, kStall, kBreak };
  /// kStall and kBreak pass on the first `bytes` that `behind` (a port) sends on a connection, and
  /// then nothing more, or a reset. Connections that stay below that are not disturbed.
  explicit FaultServer(Fault fault, int behind = 0, size_t bytes = 0);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  int port() const { return port_; }
  int accepted() const { return accepted_; }
  /// From now on it only passes on.
  void Mend() { mended_ = true; }

 private:
  const Fault fault_;
  const int behind_;
  const size_t bytes_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::atomic<bool> mended_ = false;
  std::jthread runs_;
};

}  // namespace mooring::test
