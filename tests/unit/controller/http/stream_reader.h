// SPDX-License-Identifier: Apache-2.0
// Reads an event stream on a thread of its own, for tests that look at what has come.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "controller/base/text.h"
#include "controller/net/http_client.h"
#include "controller/resource/resource.h"

namespace mooring::http {

struct StreamedEvent {
  std::string id;
  std::string event;
  Json data;
};

class StreamReader {
 public:
  /// Returns when the stream has begun or was refused.
  StreamReader(const std::string& socket, const std::string& path,
               std::vector<std::string> headers = {})
      : client_({.unix_socket = socket, .base_url = "http://localhost"}),
        thread_([this, path, headers = std::move(headers)](std::stop_token stop) {
          auto response = client_.Stream(
              {.path = path, .headers = headers, .timeout = {}},
              [this](std::string_view data) { return Take(data); }, stop);
          std::scoped_lock lock(mutex_);
          ended_ = true;
          if (response) status_ = response->status;
          changed_.notify_all();
        }) {
    Await([this] { return ended_ || begun_; });
  }

  /// The next `count` events; fewer when the stream ends or 20 s pass without them.
  std::vector<StreamedEvent> Next(size_t count) {
    Await([&] { return ended_ || events_.size() >= count; });
    std::scoped_lock lock(mutex_);
    const auto end = events_.begin() + static_cast<long>(std::min(count, events_.size()));
    std::vector<StreamedEvent> taken(events_.begin(), end);
    events_.erase(events_.begin(), end);
    return taken;
  }
  /// "resource App/shop", "sync", "event 7 Updated", of the next `count`.
  std::vector<std::string> NextWords(size_t count) {
    std::vector<std::string> words;
    for (const StreamedEvent& e : Next(count)) {
      std::string word = e.event;
      if (!e.id.empty()) word += " " + e.id;
      if (e.data.contains("metadata"))
        word += " " + e.data["kind"].get<std::string>() + "/" +
                e.data["metadata"]["name"].get<std::string>();
      if (e.data.contains("message")) word += " " + e.data["message"].get<std::string>();
      words.push_back(word);
    }
    return words;
  }
  bool AwaitEnd() {
    Await([&] { return ended_; });
    std::scoped_lock lock(mutex_);
    return ended_;
  }
  bool AwaitComment() {
    Await([&] { return comments_ > 0; });
    std::scoped_lock lock(mutex_);
    return comments_ > 0;
  }
  int status() {
    std::scoped_lock lock(mutex_);
    return status_;
  }

 private:
  template <typename Ready>
  void Await(Ready ready) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), ready);
  }

  bool Take(std::string_view data) {
    std::scoped_lock lock(mutex_);
    begun_ = true;
    buffer_ += data;
    for (size_t end = 0; (end = buffer_.find("\n\n")) != std::string::npos;) {
      Frame(buffer_.substr(0, end));
      buffer_.erase(0, end + 2);
    }
    changed_.notify_all();
    return true;
  }

  void Frame(const std::string& frame) {
    StreamedEvent event;
    for (const std::string& line : Split(frame, '\n')) {
      if (line.starts_with(":")) ++comments_;
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.event = line.substr(7);
      if (line.starts_with("data: ")) event.data = Json::parse(line.substr(6));
    }
    if (!event.event.empty()) events_.push_back(std::move(event));
  }

  net::HttpClient client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false;
  bool ended_ = false;
  int status_ = 0;
  int comments_ = 0;
  std::string buffer_;
  std::vector<StreamedEvent> events_;
  std::jthread thread_;
};

}  // namespace mooring::http
