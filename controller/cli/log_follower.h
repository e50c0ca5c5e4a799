// SPDX-License-Identifier: Apache-2.0
// The logs of an App's containers, each read by a thread of its own, merged by time. Follows them
// through restarts and replacements. Made, run once and destroyed by one thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/base/clock.h"
#include "controller/cli/log_merge.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/engine_view.h"

namespace mooring::cli {

/// A time as log lines have it.
std::string LineTime(Time time);

class LogFollower {
 public:
  struct Options {
    std::string engine_socket;
    std::vector<std::string> labels;  ///< "name=value": whose containers
    std::string since;                ///< a line's time, or empty
    std::optional<int> tail;          ///< of each container
    bool follow = false;
  };
  /// Called by Run's thread.
  struct Output {
    /// A container whose lines will come: "web_1".
    std::function<void(const std::string& slot)> found;
    /// A line of "web_1"; false: nobody reads it any more.
    std::function<bool(const std::string& slot, const docker::LogLine&)> line;
    /// "web_1 was replaced, ..."
    std::function<void(const std::string& text)> note;
    std::function<void()> flush;
  };

  LogFollower(Options options, Output output, Clock& clock);
  ~LogFollower();
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  /// Until all is told or, with `follow`, until stopped. NotFound when there is no container; else
  /// the first error of those that could not be read.
  Status Run(std::stop_token stop);

 private:
  struct Source {
    std::string id;
    std::string slot;      ///< "web_1"
    std::string last;      ///< the time of its newest line
    size_t at_last = 0;    ///< how many lines had that time
    bool reading = false;  ///< `reader` has not ended
    std::jthread reader;
  };

  Status LookForContainers(bool at_start, std::stop_token stop);
  void Add(const docker::ContainerView& container, bool at_start);
  void StartReader(size_t index, bool follow);
  void Read(size_t index, const docker::LogOptions& options, std::stop_token stop);
  void Take(size_t index, docker::LogLine line, std::stop_token stop);
  void Watch(std::stop_token stop);
  /// Prints what the readers bring until they have ended or, with `follow`, until stopped.
  Status Pass(bool follow, std::stop_token stop);
  /// False: nobody reads it any more.
  bool PrintReady(std::unique_lock<std::mutex>& lock);
  void Changed() {
    ++generation_;
    changed_.notify_all();
  }

  const Options options_;
  const Output output_;
  Clock& clock_;
  docker::EngineView view_;
  docker::DockerEngine engine_;
  std::map<std::string, std::string> newest_of_slot_;  ///< slot -> id
  std::stop_source readers_;

  std::mutex mutex_;  // guards all below, and of a Source all but id and slot
  std::condition_variable_any changed_;
  uint64_t generation_ = 0;
  bool look_again_ = false;
  LogMerge merge_;
  std::vector<std::string> notes_;
  std::vector<Error> failures_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::jthread watcher_;
};

}  // namespace mooring::cli
