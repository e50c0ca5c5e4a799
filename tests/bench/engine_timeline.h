// SPDX-License-Identifier: Apache-2.0
// The raw engine for comparison, and when it did what: its own events with its own times, so that
// both sides of a ratio are measured by one clock. Owned by a benchmark's main.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controller/net/http_client.h"
#include "controller/resource/resource.h"

namespace mooring::bench {

/// Nanoseconds since 1970, as the engine counts.
int64_t NowNanos();
/// REQUIRES: not empty.
double Median(std::vector<double> values);
double Percentile(std::vector<double> values, int percent);

/// Ends the program with a message when the engine refuses. Thread-safe.
class RawEngine {
 public:
  explicit RawEngine(const std::string& socket);
  Json Call(const std::string& method, const std::string& path, const Json& body = nullptr);
  /// The body's bytes, unparsed.
  size_t Fetch(const std::string& path);
  /// Ids of the running containers with this label.
  std::vector<std::string> Running(const std::string& label);
  net::HttpClient& client() { return client_; }

 private:
  net::HttpClient client_;
};

struct Moment {
  std::string action;  ///< "die", "start"
  std::string id;
  std::string app;  ///< mooring.dev/name; empty for strangers
  int64_t nanos = 0;
};

/// Collects container events from its construction on. Thread-safe.
class Timeline {
 public:
  explicit Timeline(const std::string& socket);
  ~Timeline();
  /// The first event at or after `since` with this action that concerns the container, or any of
  /// the App; ends the program after half a minute without.
  Moment Await(const std::string& action, const std::string& id_or_app, int64_t since);
  /// When the last of the first `count` Apps had its first such event since then. Ends the program
  /// when fewer had one.
  int64_t LastOfApps(const std::string& action, int count, int64_t since);

 private:
  void Follow(std::stop_token stop);
  void Take(const std::string& line);

  net::HttpClient client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Moment> moments_;
  bool open_ = false;
  std::jthread thread_;
};

}  // namespace mooring::bench
