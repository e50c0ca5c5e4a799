// SPDX-License-Identifier: Apache-2.0
// The open event streams. One thread writes to all of them: it is woken by Changes, reads what is
// new from the backend and gives each client as much as it takes. A client that falls behind costs
// a position and a set of keys, never a growing buffer. Thread-safe; main owns it, before the
// server.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/http/changes.h"
#include "controller/web/body_stream.h"

namespace mooring::http {

/// What one client gets. Used by the streams' thread only.
class Subscription {
 public:
  virtual ~Subscription() = default;
  virtual void Note(const Changes::Batch& batch) = 0;
  /// Writes what is due while there is room. An error ends the stream: the client comes again.
  virtual Status Fill(web::BodyStream& body) = 0;
};

/// "id: 7\nevent: event\ndata: ...\n\n"; without id when `id` is empty.
std::string ServerSentEvent(std::string_view id, std::string_view event, std::string_view data);

class Streams {
 public:
  struct Options {
    size_t max_open = 32;
    Duration heartbeat = std::chrono::seconds(15);
    /// Whether the token of this id may still be used; asked every `look`.
    std::function<bool(const std::string& token_id)> may_continue = nullptr;
    Duration look = std::chrono::milliseconds(500);
  };
  Streams(Clock& clock, Changes& changes, Options options);
  Streams(Clock& clock, Changes& changes) : Streams(clock, changes, Options()) {}
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  /// From now on changes are collected; the stream ends when the token may no longer be used.
  /// Unavailable when too many streams are open.
  Result<std::shared_ptr<web::BodyStream>> Open(std::string token_id,
                                                std::unique_ptr<Subscription> subscription);

 private:
  struct Stream {
    std::string token_id;
    std::unique_ptr<Subscription> subscription;
    std::shared_ptr<web::BodyStream> body;
  };
  void Run(std::stop_token stop);
  void Serve(const Stream& stream, const Changes::Batch& batch, bool heartbeat) const;
  std::list<Stream> TakeNew();
  void Forget(size_t closed);

  Clock& clock_;
  Changes& changes_;
  const Options options_;
  std::mutex mutex_;
  size_t open_ = 0;
  std::list<Stream> new_;
  std::jthread writer_;
};

}  // namespace mooring::http
