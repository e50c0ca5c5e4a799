// SPDX-License-Identifier: Apache-2.0
// A response body that is written while it is sent: the handler keeps one end, the server the
// other. What waits to be sent is bounded. Thread-safe; shared by both ends.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::web {

class BodyStream {
 public:
  /// `on_room` is called, without a lock, when there is room again and when the client has gone. It
  /// may be called on the I/O thread: it must not block.
  explicit BodyStream(std::function<void()> on_room, size_t capacity = 64u << 10);

  // --- the writer's end ---
  /// False when the stream has ended: nothing was taken. One write may exceed the capacity; write
  /// only while there is room.
  bool Write(std::string_view data);
  bool HasRoom() const;
  /// What was written is still sent; then the response is complete.
  void End();
  bool ended() const;

  // --- the server's end ---
  /// How the server holds the connection and lets it go on. Both are called under the lock and must
  /// not call back.
  struct Connection {
    std::function<void()> suspend;
    std::function<void()> resume;
  };
  void Attach(Connection connection);
  /// Moves up to `size` bytes to `to`. 0: there is nothing now, the connection was suspended.
  /// nullopt: the end.
  std::optional<size_t> Read(char* to, size_t size);
  /// The connection is gone.
  void Detach();

 private:
  void Resume();

  const std::function<void()> on_room_;
  const size_t capacity_;
  mutable std::mutex mutex_;
  std::string waiting_;
  bool ended_ = false;
  bool suspended_ = false;
  Connection connection_;
};

}  // namespace mooring::web
