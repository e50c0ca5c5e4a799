// SPDX-License-Identifier: Apache-2.0
// Follows the source: a new commit that is valid becomes the desired set; anything else leaves the
// last good one and says why on the Host. Its thread is the daemon's.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/queue/backoff.h"
#include "controller/runtime/desired_union.h"
#include "controller/runtime/spec_loader.h"
#include "controller/source/revision_verifier.h"
#include "controller/source/source.h"

namespace mooring {

namespace metrics {
class Metrics;
}

class Liveness;

/// `applied`, the revision that was applied last, if `after` does not go on from it or is of
/// another branch; else "". A history that cannot be compared is another one.
std::string DepartsFrom(Source& source, const std::string& applied, const Revision& after);

class SourceWatcher {
 public:
  struct Options {
    std::string name;
    std::string host;  ///< the name of this host; empty: of none
    Duration poll_interval = std::chrono::minutes(1);
    std::string last_good;  ///< commit that was applied before a restart; may be empty
    /// The last revision of which no delete was held back; "" if there is none.
    std::function<std::string()> applied = [] { return std::string(); };
    Duration longest_look{0};      ///< how long the source may take for one
    Liveness* liveness = nullptr;  ///< told of each look, if there is one
    /// Asked before anything of a revision is read, if there is one; used by no one else.
    std::shared_ptr<RevisionVerifier> verifier = nullptr;
    /// The revision that a person holds the source at ("main@sha1:<id>"); "" when nobody does.
    std::function<std::string()> held_at = [] { return std::string(); };
  };
  struct Callbacks {
    std::function<void(const Revision&)> on_good;  ///< the source is fine at this revision
    std::function<void(const Revision&, const Diagnostics&)> on_invalid;  ///< it has findings
    std::function<void(const Error&)> on_failed;                          ///< it could not be read
    /// The branch was moved to a commit that does not go on from the one before, which is followed.
    std::function<void(const Revision& before, const Revision& after)> on_rewritten;
    /// It is signed as is asked for, by this one.
    std::function<void(const Revision&, const std::string& signer)> on_verified =
        [](const Revision&, const std::string&) {};
    /// It is not, and so not even read; told again only when something else is wrong.
    std::function<void(const Revision&, const Error&)> on_refused = [](const Revision&,
                                                                       const Error&) {};
    /// It is held and was looked at: the newest revision waits, unless it is the one.
    std::function<void(const Revision& newest)> on_held = [](const Revision&) {};
    /// It was looked at, whatever came of it.
    std::function<void()> on_looked = [] {};
  };
  /// What it finds good is offered to `desired`.
  SourceWatcher(Options options, Source& source, DesiredUnion& desired, Callbacks callbacks,
                metrics::Metrics& metrics, Clock& clock, Log log);

  void Run(std::stop_token stop);
  /// Looks now and calls `then` on the watcher's thread after it looked, whatever it found. Any
  /// thread may call it.
  void LookNow(std::function<void()> then);
  /// For what the source has at another revision: what does not differ is not read again. Any
  /// thread may call it.
  std::unique_ptr<SpecLoader> ForkLoader() { return loader_.Fork(); }
  /// Another interval, from now on. Any thread may call it.
  void SetPollInterval(Duration interval);

 private:
  using Requests = std::vector<std::function<void()>>;
  Requests TakeRequests();
  void ExpectLook(Duration pause);
  void Look(std::stop_token stop);
  Revision Wanted(const Revision& newest);
  Status Take(const Revision& revision, std::stop_token stop);
  Result<bool> IsTrusted(const Revision& revision, const std::stop_token& stop);
  void FallBack(std::stop_token stop);
  void TellRewritten(const Revision& after);
  /// How long to wait after a failed look, and the error with the time of the next one.
  Duration NextTry(Error& error);

  const Options options_;
  Source& source_;
  DesiredUnion& desired_;
  Callbacks callbacks_;
  metrics::Metrics& metrics_;
  Clock& clock_;
  Log log_;
  SpecLoader loader_;
  Revision seen_;        ///< the last revision that was judged
  Revision taken_;       ///< the last that was good
  std::string refused_;  ///< why the last revision was; empty: it was not
  bool has_good_ = false;
  bool held_ = false;  ///< by a person, at an earlier revision
  int failures_ = 0;   ///< in a row
  Duration pause_;     ///< until the next look
  const RandomSource random_ = SystemRandom();
  std::mutex mutex_;
  std::condition_variable_any asked_;
  Requests requests_;  ///< to be called after the next look
  Duration poll_interval_;
};

}  // namespace mooring
