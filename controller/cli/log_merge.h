// SPDX-License-Identifier: Apache-2.0
// Lines of several logs in the order of their times. A line is given out once no other log can
// still have an earlier one, or once it has waited for the window. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "controller/base/clock.h"
#include "reconcilers/docker/io/log_decoder.h"

namespace mooring::cli {

class LogMerge {
 public:
  using Source = int;

  /// nullopt: a line waits for as long as it takes.
  explicit LogMerge(std::optional<Duration> window) : window_(window) {}

  /// A log that is read from now on.
  void Begin(Source source) { sources_[source].open = true; }
  void Put(Source source, docker::LogLine line, SteadyTime now);
  /// Nothing more comes of it until it begins again.
  void End(Source source);

  struct Taken {
    Source source;
    docker::LogLine line;
  };
  /// The next line whose turn it is.
  std::optional<Taken> Take(SteadyTime now);
  /// When the next line's wait is over; nullopt when none waits for the time.
  std::optional<SteadyTime> NextAt() const;
  size_t Waiting(Source source) const;
  /// Nothing is read and nothing is left.
  bool IsDone() const { return sources_.empty(); }

 private:
  struct Waiter {
    docker::LogLine line;
    SteadyTime came;
  };
  struct Queue {
    bool open = false;
    std::deque<Waiter> lines;
  };
  std::map<Source, Queue>::iterator Earliest();

  std::optional<Duration> window_;
  std::map<Source, Queue> sources_;
};

}  // namespace mooring::cli
