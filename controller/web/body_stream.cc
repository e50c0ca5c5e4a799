// SPDX-License-Identifier: Apache-2.0
#include "controller/web/body_stream.h"

#include <algorithm>

namespace mooring::web {

BodyStream::BodyStream(std::function<void()> on_room, size_t capacity)
    : on_room_(std::move(on_room)), capacity_(capacity) {}

bool BodyStream::Write(std::string_view data) {
  std::scoped_lock lock(mutex_);
  if (ended_) return false;
  waiting_.append(data);
  Resume();
  return true;
}

bool BodyStream::HasRoom() const {
  std::scoped_lock lock(mutex_);
  return !ended_ && waiting_.size() < capacity_;
}

void BodyStream::End() {
  std::scoped_lock lock(mutex_);
  ended_ = true;
  Resume();
}

bool BodyStream::ended() const {
  std::scoped_lock lock(mutex_);
  return ended_;
}

void BodyStream::Attach(Connection connection) {
  std::scoped_lock lock(mutex_);
  connection_ = std::move(connection);
}

std::optional<size_t> BodyStream::Read(char* to, size_t size) {
  bool room = false;
  {
    std::scoped_lock lock(mutex_);
    if (waiting_.empty()) {
      if (ended_) return std::nullopt;
      suspended_ = true;
      connection_.suspend();
      return 0;
    }
    size = std::min(size, waiting_.size());
    waiting_.copy(to, size);
    const bool was_full = waiting_.size() >= capacity_;
    waiting_.erase(0, size);
    room = was_full && waiting_.size() < capacity_;
  }
  if (room) on_room_();
  return size;
}

void BodyStream::Detach() {
  {
    std::scoped_lock lock(mutex_);
    ended_ = true;
    suspended_ = false;
    waiting_.clear();
    connection_ = {};
  }
  on_room_();
}

void BodyStream::Resume() {
  if (!suspended_) return;
  suspended_ = false;
  connection_.resume();
}

}  // namespace mooring::web
