// SPDX-License-Identifier: Apache-2.0
// The daemon's event streams (text/event-stream), read on over restarts of the daemon. Used by one
// thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "controller/base/clock.h"
#include "controller/cli/client.h"

namespace mooring::cli {

struct StreamEvent {
  std::string type;  ///< "event", "resource", "sync", ...
  std::string id;    ///< empty: it has none
  std::string data;
};

/// Takes the body apart. Pure.
class StreamParser {
 public:
  /// `on_event` returns false when it has seen enough; then so does this.
  bool Take(std::string_view part, const std::function<bool(const StreamEvent&)>& on_event);

 private:
  bool TakeLine(std::string_view line, const std::function<bool(const StreamEvent&)>& on_event);

  std::string buffer_;
  StreamEvent open_;
  bool has_data_ = false;
};

struct StreamCallbacks {
  /// Before each connection: a stream of resources begins anew.
  std::function<void()> on_begin;
  /// False: that was all that was wanted.
  std::function<bool(const StreamEvent&)> on_event;
  /// The daemon is gone and waited for; called once until it is back.
  std::function<void(const Error&)> on_lost;
};

/// Reads `path` until `on_event` returns false (success), or until stopped (Cancelled). A daemon
/// that goes is waited for, and asked for what came after the last event that had an id.
/// Unavailable when it does not answer the first time; what it refuses is an error at once.
Status FollowStream(ApiClient& api, const std::string& path, const StreamCallbacks& callbacks,
                    Clock& clock, std::stop_token stop);

/// A stop token that is also stopped once `after` has passed.
class StopAfter {
 public:
  StopAfter(Clock& clock, Duration after, std::stop_token stop);
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;
};

}  // namespace mooring::cli
