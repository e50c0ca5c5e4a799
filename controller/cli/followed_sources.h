// SPDX-License-Identifier: Apache-2.0
// Every source of the configuration with its watcher, and the desired set of all of them; what they
// find is told to the Host, to /readyz, and as events. Thread-safe; the daemon owns it and its
// threads.
#pragma once

#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/base/guarded.h"
#include "controller/cli/config.h"
#include "controller/cli/readiness.h"
#include "controller/holds/holds.h"
#include "controller/runtime/desired_loader.h"
#include "controller/runtime/desired_union.h"
#include "controller/runtime/liveness.h"
#include "controller/runtime/source_watcher.h"
#include "controller/source/git_source.h"
#include "controller/status/event_recorder.h"
#include "controller/status/host_status.h"

namespace mooring::cli {

class FollowedSources {
 public:
  struct Parts {
    const Config& config;
    HostStatus& host;
    Readiness& readiness;
    EventRecorder& events;
    metrics::Metrics& metrics;
    const StoreReader& store;
    const Holds& holds;
    Clock& clock;
    Liveness* liveness;
    /// A source has a good revision; called for each look that finds another.
    std::function<void(const std::string& source, const std::string& revision)> on_revision;
    Log log;
  };
  using OnDesired = std::function<void(std::shared_ptr<const DesiredSet>)>;
  /// REQUIRES: the configuration has a source.
  FollowedSources(const Parts& parts, OnDesired on_desired);

  /// One thread for each source.
  void Start(std::vector<std::jthread>& threads);
  /// Takes over the poll intervals of the sources that are followed.
  void SetPollIntervals(const Config& config);
  /// Every source looks now; `then` is called once all have.
  void LookNow(const std::function<void()>& then);
  /// That one looks now; nothing if it is not followed.
  void LookNow(const std::string& name);

  const std::vector<std::string>& names() const { return names_; }
  /// The source of that name, the first one for ""; null when there is none.
  GitSource* Find(const std::string& name);
  /// The desired set as it would be if the source had these files; nothing is changed.
  Result<LoadedDesired> Preview(const std::string& source, const FileTree& tree,
                                const std::string& revision);
  /// The desired set as it was with the source at a revision that it had once.
  Result<std::shared_ptr<const DesiredSet>> LoadAgain(const std::string& source,
                                                      const std::string& revision,
                                                      std::stop_token stop);

 private:
  struct One {
    std::string name;
    std::unique_ptr<GitSource> source;
    std::unique_ptr<SourceWatcher> watcher;
  };
  SourceWatcher::Callbacks CallbacksOf(const std::string& name);
  void TellHeld(const std::string& name, const Revision& newest);
  void MirrorReplaced(const std::string& name, const std::string& why);
  void SetReady(const std::string& name, bool ready, const std::string& text);
  void TellHost(Severity severity, const char* reason, const std::string& text,
                const std::string& revision);
  /// "source fleet: " where there are several.
  std::string Prefix(const std::string& name) const;

  Parts parts_;
  const std::vector<std::string> names_;
  DesiredUnion union_;
  Guarded<std::map<std::string, std::pair<bool, std::string>>> ready_;
  std::deque<One> all_;
};

}  // namespace mooring::cli
