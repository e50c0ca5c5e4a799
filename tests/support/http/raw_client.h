// SPDX-License-Identifier: Apache-2.0
// A connection that sends exactly the given bytes. Used by one thread; closes when it goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mooring::testing {

class RawClient {
 public:
  /// Connects to 127.0.0.1. `connected()` tells whether that worked.
  static RawClient Tcp(uint16_t port);
  static RawClient Unix(const std::string& path);
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  bool connected() const { return fd_ >= 0; }
  /// False when the server has closed the connection.
  bool Send(std::string_view bytes);
  /// No more is sent; answers can still be read.
  void HalfClose();
  /// Everything until the server closes, or until 10 s without a byte.
  std::string ReadAll();
  /// Until `text` has come (and all that came with it), the server closes, or 10 s without a byte.
  std::string ReadUntil(std::string_view text);

 private:
  explicit RawClient(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace mooring::testing
